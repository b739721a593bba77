import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { keeperPlaceOffline } from '../../fleet/kept.ts';
import { stopKeeper } from '../../keeper/ask.ts';

export default command({
  summary: 'end the connections that are kept, and what runs on them',
  examples: [['belt keep stop', '']],
  run: keepStop,
});

async function keepStop(context: Context): Promise<void> {
  const place = await keeperPlaceOffline(context);
  const stopped = await stopKeeper(place, context.signal);
  if (context.out.json) return context.out.document({ stopped });
  context.out.note(stopped ? 'no connections are kept any more' : 'no connections were kept');
}
