import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { withManager } from '../../stack/manager.ts';
import { type Renewed, refreshCredentials } from '../../stack/refresh.ts';
import { inTime } from './expiry.ts';

export default command({
  arguments: '[services...]',
  summary: 'give running services this machine’s credentials of their registry, without a restart',
  description:
    'Sends what docker on this machine has for the registry of each service’s image; what DigitalOcean made is renewed ' +
    'first. Without words: every service with which belt sent credentials; a word is a service, a stack, or a pattern. ' +
    'Their tasks run on, and a node that gets a task later pulls with the new credentials. For Swarm it is a change of the ' +
    'service, which keeps one earlier state: `belt deploy --rollback` cannot go back past it. Jobs, which would run again, ' +
    'and services that are being updated are left out.',
  examples: [
    ['belt registry refresh', ''],
    ['belt registry refresh shop', 'the services of a stack'],
  ],
  run: (context, { services }) => registryRefresh(context, services),
});

/** `belt registry refresh` — new credentials for services that run. */
async function registryRefresh(context: Context, words: readonly string[]): Promise<void> {
  const { out, clock } = context;
  const renewed: Renewed[] = [];
  const tell = (one: Renewed) => {
    renewed.push(one);
    if (out.json) return;
    const until = one.expires === undefined ? '' : `, which expire ${inTime(one.expires, clock.now())}`;
    out.line(`${one.service}: has the credentials of ${one.user ?? 'a token'} for ${one.registry}${until}`);
  };
  try {
    const all = await withManager(context, (engine) => refreshCredentials(context, engine, words, tell));
    if (all === 0 && !out.json) out.note('belt sent no credentials with any service; name those to send them to');
  } finally {
    if (out.json)
      out.document(renewed.map((one) => ({ ...one, user: one.user ?? null, expires: one.expires ?? null })));
  }
}
