// Where this machine finds the distribution's packages.
import { run } from '../engine-hosts/run.ts';

/** The name at which images look for them. */
export const ARCHIVE_HOST = 'deb.debian.org';

/** The machine's own mirror, or the one that everybody has. */
export async function findMirror(): Promise<string> {
  const words = ['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'ORIGIN: Debian', 'LABEL: Debian'];
  const [first = ''] = (await run(words).catch(() => '')).split('\n');
  return first.startsWith('http') ? first.replace(/\/$/, '') : `http://${ARCHIVE_HOST}/debian`;
}
