// Finds this machine's mirror of the distribution's packages.
import { BeltError } from '../../errors.ts';
import { run } from '../engine-hosts/run.ts';

/** The machine's own mirror of Debian, without a slash at its end; undefined where its apt has none. */
export async function findMirror(): Promise<string | undefined> {
  const words = ['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'ORIGIN: Debian', 'LABEL: Debian'];
  const [first = ''] = (await run(words).catch(() => '')).split('\n');
  return first.startsWith('http') ? first.replace(/\/$/, '') : undefined;
}

export const noMirror = (): BeltError =>
  new BeltError("this machine's apt has no mirror of Debian, from which the images of engine hosts are built", {
    hint: "add one to apt's sources, then: apt-get update",
  });
