import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { keeperPlaceOffline } from '../../fleet/kept.ts';
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
  const place = await keeperPlaceOffline(context);
  const status = await keeperStatus(place);
  if (status === undefined || status === 'frozen') {
    if (out.json) return out.document({ running: status !== undefined, nodes: [] });
    if (status === undefined) return out.note('no connections are kept');
    return out.warn('the process that keeps connections does not answer; end it: belt keep stop');
  }
  const { pid, keepMs, endsAt, nodes } = status;
  if (out.json) return out.document({ running: true, pid, keep_seconds: keepMs / 1000, nodes });
  const rows = nodes.map(({ name, address, connections, channels, socket }) => [
    name,
    address,
    String(connections),
    String(channels),
    socket ?? '',
  ]);
  if (rows.length > 0) out.table(['Node', 'Address', 'Connections', 'In use', 'Docker socket'], rows);
  out.note(
    endsAt === undefined
      ? `process ${pid} is in use`
      : `process ${pid} ends in ${Math.max(0, Math.ceil((endsAt - clock.now()) / 1000))} s unless it is used`,
  );
}
