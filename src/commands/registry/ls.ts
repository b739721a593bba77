import { ageOf } from '../../age.ts';
import { command, flag, type Values } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { count } from '../../count.ts';
import { type CredentialsRow, credentialsRows } from '../../stack/credentials.ts';
import { withManager } from '../../stack/manager.ts';
import { inTime } from './expiry.ts';

const options = {
  all: flag('services too with which belt sent no credentials', 'a'),
};

export default command({
  summary: 'list which services hold credentials of registries, whose, and until when',
  description:
    'Lists the services with which belt sent credentials: for which registry, of which user, when, and when they expire, ' +
    'where the registry told. Swarm gives back neither the credentials nor whether there are any, so belt writes ' +
    'this into a label of the service (belt.registry); what docker sent after that it does not know.',
  options,
  examples: [
    ['belt registry ls', ''],
    ['belt registry ls --json', 'for a program'],
  ],
  run: (context, _given, options) => registryLs(context, options),
});

/** `belt registry ls` — services, and the credentials that they hold. */
async function registryLs(context: Context, { all = false }: Values<typeof options>): Promise<void> {
  const { out, clock } = context;
  const rows = await withManager(context, async (engine) => credentialsRows(await engine.services(), clock.now()));
  if (out.json) return out.document(rows.map((row) => ({ ...row, held: row.held ?? null })));
  const shown = all ? rows : rows.filter(({ held }) => held);
  if (out.quiet) return out.lines(shown.map(({ service }) => service));
  const others = rows.length - rows.filter(({ held }) => held).length;
  if (shown.length > 0) {
    const titles = ['Service', 'Registry', 'User', 'Sent', 'Expires'];
    out.table(
      titles,
      shown.map((row) => cells(row, clock.now())),
      { cut: ['Service', 'Registry'] },
    );
  } else out.note('belt sent no credentials with any service; log in: belt registry login HOST, then: belt deploy');
  if (others > 0 && !all) {
    out.note(
      `with ${count(others, 'other service')} belt sent none; whether docker did, Swarm does not tell (--all lists them)`,
    );
  }
  const old = rows.filter(({ isExpired }) => isExpired).map(({ service }) => service);
  if (old.length > 0)
    out.warn(
      `expired: ${old.join(', ')}: a node that does not have the image cannot pull it; renew: belt registry refresh`,
    );
}

function cells({ service, registry, held }: CredentialsRow, nowMs: number): string[] {
  if (!held) return [service, registry, '', '', ''];
  const where = held.host === registry ? registry : `${held.host}, not ${registry}`;
  const expires = held.expires === undefined ? 'not known' : inTime(held.expires, nowMs);
  return [service, where, held.user ?? '(a token)', `${ageOf(held.sent, nowMs)} ago`, expires];
}
