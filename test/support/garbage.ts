// What stays in memory, for tests of what must not.
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Does it again and again, and gives by how many bytes the heap grew each time. */
export async function bytesKept(times: number, work: () => Promise<unknown>): Promise<number> {
  const used = async () => {
    // What was settled a moment ago is let go of in the next turn.
    await turn();
    collect();
    await turn();
    collect();
    return process.memoryUsage().heapUsed;
  };
  for (let n = 0; n < 500; n++) await work();
  const before = await used();
  for (let n = 0; n < times; n++) await work();
  return ((await used()) - before) / times;
}
