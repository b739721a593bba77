import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { eraseAuth } from '../../registry/docker-config.ts';
import { readHost, shownRegistry } from '../../registry/hosts.ts';
import { forget } from '../../registry/known.ts';

export default command({
  arguments: '<host>',
  summary: 'forget the credentials of a registry, on this machine',
  description:
    'Removes a registry’s credentials from where docker on this machine keeps them. Services keep what was sent with ' +
    'them, and the registry takes it until it expires or is revoked there.',
  examples: [['belt registry logout ghcr.io', '']],
  run: (context, { host }) => registryLogout(context, host),
});

/** `belt registry logout` — docker here has a registry's credentials no more. */
async function registryLogout(context: Context, word: string): Promise<void> {
  const registry = readHost(word);
  const had = await eraseAuth(context, registry);
  forget(context, registry);
  const host = shownRegistry(registry);
  if (context.out.json) return context.out.document({ registry: host, removed: had });
  context.out.line(had ? `${host}: logged out` : `${host}: this machine had no credentials for it`);
  if (had) context.out.note('services keep the credentials that were sent with them; see: belt registry ls');
}
