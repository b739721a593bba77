// Whether engine hosts can run on this machine, in the words that a user gets.
import type { Context } from '../../context.ts';
import { BeltError } from '../../errors.ts';
import { type Diagnosis, diagnose, installLine } from '../../sandbox/engine-hosts/doctor/findings.ts';
import { probe } from '../../sandbox/engine-hosts/doctor/probe.ts';
import { imagesFolder, sandboxFolder } from './place.ts';

/** What the doctor says of obstacles. */
export function doctorLines(diagnosis: Diagnosis): string[] {
  if (diagnosis.obstacles.length === 0) {
    const { buildSeconds } = diagnosis;
    const build = `their images are built first, in about ${Math.ceil(buildSeconds / 60)} min: belt sandbox image build`;
    return ['engine hosts can run here: belt sandbox start --hosts engine', ...(buildSeconds > 0 ? [build] : [])];
  }
  const install = installLine(diagnosis);
  return [
    'engine hosts cannot run here:',
    ...diagnosis.obstacles.map((obstacle) => `  ${obstacle}`),
    ...(install === undefined ? [] : [`install what is missing: ${install}`]),
  ];
}

/** Refuses, in the doctor's words, to start engine hosts where they cannot run; gives what will not work on them. */
export async function requireEngineHosts(context: Context): Promise<string[]> {
  const diagnosis = diagnose(await probe(sandboxFolder(context), imagesFolder(context)));
  if (diagnosis.obstacles.length === 0) return diagnosis.limits;
  const [head = '', ...lines] = doctorLines(diagnosis);
  throw new BeltError(head.replace(/:$/, ''), { lines, hint: 'simulated hosts run everywhere: belt sandbox start' });
}
