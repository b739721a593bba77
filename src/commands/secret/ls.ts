import { ageOf } from '../../age.ts';
import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { withManager } from '../../stack/manager.ts';
import { noSecret } from '../../stack/observe.ts';
import { type SecretRow, secretRows } from '../../stack/versions.ts';

export default command({
  arguments: '[name]',
  summary: 'list the secrets of the swarm, their versions, and which service uses which',
  description:
    'Lists the secrets of the swarm: those of `belt secret` with their versions, those of stacks, and those that docker ' +
    'made. Nobody gives a content back.',
  examples: [
    ['belt secret ls', ''],
    ['belt secret ls db_password', 'its versions'],
  ],
  run: secretLs,
});

/** `belt secret ls` — the secrets of the swarm. */
async function secretLs(context: Context, { name }: { name: string | undefined }): Promise<void> {
  const { out, clock } = context;
  const all = await withManager(context, async (engine) =>
    secretRows(...(await Promise.all([engine.secrets(), engine.services()]))),
  );
  const rows = name === undefined ? all : all.filter((row) => row.name === name || row.object === name);
  if (name !== undefined && rows.length === 0) throw noSecret(name);
  if (out.json) return out.document(rows);
  if (out.quiet) return out.lines([...new Set(rows.map((row) => row.name))]);
  if (rows.length === 0) return out.note('the swarm has no secret yet; create one: belt secret set NAME < FILE');
  out.table(
    ['Secret', 'Version', 'Age', 'Used by'],
    rows.map((row) => [row.name, versionWords(row), ageOf(row.created, clock.now()), usersWords(row)]),
    { cut: ['Secret'] },
  );
}

const versionWords = ({ version, isCurrent }: SecretRow): string =>
  version === undefined ? '' : `${version}${isCurrent ? ', current' : ''}`;

const usersWords = ({ usedBy, usedBefore }: SecretRow): string =>
  [...usedBy, ...(usedBefore.length > 0 ? [`(before: ${usedBefore.join(', ')})`] : [])].join(', ').replace(', (', ' (');
