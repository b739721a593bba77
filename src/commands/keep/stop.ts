import { existsSync } from 'node:fs';
import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { keeperPlacesOffline } from '../../fleet/kept.ts';
import { stopKeeper } from '../../keeper/ask.ts';
import type { KeeperPlace } from '../../keeper/place.ts';
import { evalLine, shellOf } from '../../shell.ts';

export default command({
  summary: 'end the connections that are kept, and what runs on them',
  examples: [['belt keep stop', '']],
  run: keepStop,
});

async function keepStop(context: Context): Promise<void> {
  const { out } = context;
  const places = await keeperPlacesOffline(context);
  const stopped = (await Promise.all(places.map((place) => stopKeeper(place, context.signal)))).flatMap(
    (one) => one ?? [],
  );
  if (out.json) return out.document({ stopped: stopped.length > 0 });
  out.note(stopped.length > 0 ? 'no connections are kept any more' : 'no connections were kept');
  const unset = evalLine('env --unset', shellOf(context));
  if (places.some((place) => pointsNowhere(context, place)))
    out.note(`DOCKER_HOST in this shell leads nowhere now: ${unset}`);
  else if (stopped.some(({ dockerSockets }) => dockerSockets.length > 0))
    out.note(`docker no longer works in shells that were set up by belt env; there: ${unset}`);
}

/** Whether docker in this shell looks for a socket of the keeper's that is gone. */
function pointsNowhere({ env }: Context, { folder }: KeeperPlace): boolean {
  const socket = /^unix:\/\/(.*)$/.exec(env['DOCKER_HOST'] ?? '')?.[1];
  return socket?.startsWith(`${folder}/`) === true && !existsSync(socket);
}
