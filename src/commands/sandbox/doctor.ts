import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { EXIT } from '../../errors.ts';
import { diagnose } from '../../sandbox/engine-hosts/doctor/findings.ts';
import { probe } from '../../sandbox/engine-hosts/doctor/probe.ts';
import { doctorLines } from './engine-hosts.ts';
import { imagesFolder, sandboxFolder } from './place.ts';

export default command({
  summary: 'check whether engine hosts can run here',
  examples: [['belt sandbox doctor', '']],
  run: sandboxDoctor,
});

/** `belt sandbox doctor` — whether engine hosts can run here, what is missing, and what will not work on them. */
async function sandboxDoctor(context: Context): Promise<number> {
  const diagnosis = diagnose(await probe(sandboxFolder(context), imagesFolder(context)));
  const { obstacles, limits } = diagnosis;
  const can = obstacles.length === 0;
  if (context.out.json) context.out.document({ engineHosts: can, ...diagnosis });
  else context.out.lines(doctorLines(diagnosis));
  for (const limit of context.out.json ? [] : limits) context.out.note(limit);
  return can ? 0 : EXIT.failed;
}
