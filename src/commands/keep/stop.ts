import { existsSync } from 'node:fs';
import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { keeperPlaceOffline } from '../../fleet/kept.ts';
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
  const place = await keeperPlaceOffline(context);
  const stopped = await stopKeeper(place, context.signal);
  if (out.json) return out.document({ stopped: stopped !== undefined });
  out.note(stopped ? 'no connections are kept any more' : 'no connections were kept');
  const unset = evalLine('env --unset', shellOf(context));
  if (pointsNowhere(context, place)) out.note(`DOCKER_HOST in this shell leads nowhere now: ${unset}`);
  else if (stopped && stopped.dockerSockets.length > 0)
    out.note(`docker no longer works in shells that were set up by belt env; there: ${unset}`);
}

/** Whether docker in this shell looks for a socket of the keeper's that is gone. */
function pointsNowhere({ env }: Context, { folder }: KeeperPlace): boolean {
  const socket = /^unix:\/\/(.*)$/.exec(env['DOCKER_HOST'] ?? '')?.[1];
  return socket?.startsWith(`${folder}/`) === true && !existsSync(socket);
}
