import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { count } from '../../count.ts';
import { sandboxStatus as readStatus } from '../../sandbox/control.ts';
import { meantSandbox, type NamedSandbox, runningSandbox, sandboxFolder } from './place.ts';

export default command({
  summary: 'show the sandbox’s droplets and the API requests so far',
  options: { name: runningSandbox },
  examples: [['belt sandbox status --json', '']],
  run: (context, _given, options) => sandboxStatus(context, options),
});

/** `belt sandbox status` — its droplets, and the API requests so far, in all and by endpoint. */
async function sandboxStatus(context: Context, given: NamedSandbox): Promise<void> {
  const status = await readStatus(sandboxFolder(context), meantSandbox(context, given));
  const { out } = context;
  if (out.json) return out.document(status);
  const { total, byEndpoint } = status.requests;
  out.line(
    `sandbox "${status.name}", up ${Math.round(status.uptimeMs / 1000)} s: ${count(status.droplets.length, 'droplet')}, ${count(total, 'request')}`,
  );
  // A title without rows says nothing.
  if (status.droplets.length > 0)
    out.table(
      ['ID', 'Name', 'Public IPv4', 'Status'],
      status.droplets.map((d) => [String(d.id), d.name, d.publicAddress ?? '', d.status]),
    );
  if (total > 0)
    out.table(
      ['Requests', 'Endpoint'],
      Object.entries(byEndpoint).map(([endpoint, count]) => [String(count), endpoint]),
    );
}
