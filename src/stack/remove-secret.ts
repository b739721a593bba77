// A secret taken out of a swarm, all its versions.
import { agreed, confirm } from '../agree.ts';
import type { Context } from '../context.ts';
import { BeltError, NodesFailed } from '../errors.ts';
import { exclusively } from '../fleet/exclusive.ts';
import { quoteWord } from '../quote.ts';
import { withEvents } from './events.ts';
import { noSecret, type Removal } from './observe.ts';
import { removeParts } from './remove.ts';
import { type SecretRow, secretRows } from './versions.ts';

/** Removes secrets that nothing uses. Gives the exit code. @throws BeltError naming the services that use one */
export const removeSecrets = (
  context: Context,
  names: readonly string[],
  { yes }: { yes?: boolean | undefined },
): Promise<number> =>
  withEvents(context, { secrets: names }, {}, async (engine) => {
    const look = async () => {
      const [secrets, services] = await Promise.all([engine.secrets(), engine.services()]);
      const rows = secretRows(secrets, services);
      return names.flatMap((name) => unusedVersions(name, rows));
    };
    const consent = { yes, asks: 'secret rm asks before it removes anything', hint: 'add --yes if you are sure' };
    for (let seen = await look(); ; ) {
      context.out.note(`to be removed: ${seen.map(({ name }) => name).join(', ')}`);
      await agreed(context, consent, () => confirm(context, `Remove ${names.join(', ')}?`));
      const { left, now } = await exclusively(context, 'belt secret rm', async () => {
        const now = await look();
        // A version that was made in the meantime has not been agreed to.
        const isSeen = now.every(({ id }) => seen.some((one) => one.id === id));
        return { now, left: isSeen ? await removeParts(context, engine, now, { patient: false }) : undefined };
      });
      if (left !== undefined) return ended(left);
      seen = now;
    }
  });

/** @throws NodesFailed naming what was not removed */
function ended(left: readonly Removal[]): number {
  if (left.length === 0) return 0;
  const failures = left.map(({ name }) => ({ name, error: new BeltError(`${name} was not removed`) }));
  throw new NodesFailed(`not removed: ${left.map(({ name }) => name).join(', ')}`, { failures });
}

/** @throws BeltError where there is none, or where one is in use */
function unusedVersions(name: string, rows: readonly SecretRow[]): Removal[] {
  const own = rows.filter((row) => row.name === name || row.object === name);
  if (own.length === 0) throw noSecret(name);
  const users = new Set(own.flatMap(({ usedBy }) => usedBy));
  if (users.size > 0) {
    throw new BeltError(`the secret ${name} is in use by ${[...users].join(', ')}`, {
      hint: `see: belt secret ls ${quoteWord(name)}`,
    });
  }
  const before = new Set(own.flatMap(({ usedBefore }) => usedBefore));
  if (before.size > 0) {
    const objects = own.map(({ object }) => quoteWord(object)).join(' ');
    throw new BeltError(
      `${[...before].join(', ')} used the secret ${name} before the last change: without it, Swarm could not roll that back`,
      {
        hint: `it can be removed after the next change of ${[...before][0]}, or now, if it need not be rolled back: belt docker secret rm ${objects}`,
      },
    );
  }
  return own.map(({ id, object }) => ({ kind: 'secrets', id, name: object }));
}
