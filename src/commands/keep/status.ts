import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { keeperPlacesOffline } from '../../fleet/kept.ts';
import { keeperStatus } from '../../keeper/ask.ts';

export default command({
  summary: 'show the SSH connections that are kept for the next command',
  description:
    'Shows the connections to nodes of this cluster that a background process of belt’s keeps, and when it ends. ' +
    'It is started by the first command that wants it: keep: 10m in .belt.yaml, --keep 10m, or belt env.',
  examples: [['belt keep status', '']],
  run: keepStatus,
});

async function keepStatus(context: Context): Promise<void> {
  const { out, clock } = context;
  const places = await keeperPlacesOffline(context);
  const found = (await Promise.all(places.map(keeperStatus))).filter((status) => status !== undefined);
  const running = found.filter((status) => status !== 'frozen');
  const nodes = running.flatMap((status) => status.nodes);
  if (out.json) {
    const [first] = running;
    const about = first && { pid: first.pid, keep_seconds: first.keepMs / 1000 };
    return out.document({ running: found.length > 0, ...about, nodes });
  }
  if (found.length === 0) return out.note('no connections are kept');
  const rows = nodes.map(({ name, address, connections, channels, socket }) => [
    name,
    address,
    String(connections),
    String(channels),
    socket ?? '',
  ]);
  if (rows.length > 0) out.table(['Node', 'Address', 'Connections', 'In use', 'Docker socket'], rows);
  if (found.length > running.length)
    out.warn('the process that keeps connections does not answer; end it: belt keep stop');
  for (const { pid, endsAt } of running)
    out.note(
      endsAt === undefined
        ? `process ${pid} is in use`
        : `process ${pid} ends in ${Math.max(0, Math.ceil((endsAt - clock.now()) / 1000))} s unless it is used`,
    );
}
