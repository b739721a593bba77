import { command } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import { untilInterrupted } from '../interrupts.ts';
import { withConnections } from '../tasks/connections.ts';
import { firstOf } from '../tasks/first.ts';
import { Route } from '../tasks/route.ts';
import { isMany, readTaskWord } from '../tasks/word.ts';
import { Listener } from './forward/listener.ts';
import { readPorts } from './forward/ports.ts';

export default command({
  arguments: '<task> <port...>',
  usage: '<service[.slot]> <[local:]port...>',
  summary: 'forward ports here to ports of a task, published or not',
  description:
    'Listens on 127.0.0.1 until Ctrl-C; each connection goes over SSH to the node of the task and there into its network, ' +
    'so that ports are reached that are not published, and those on its loopback or on an internal network. Nothing is needed in its ' +
    'image; the node needs root, or sudo without a password, and python3 (bash will do, where no side ends its direction alone). ' +
    'When the task goes, the next connection waits for the one that takes its place, and belt says so. ' +
    '0:80 is a free port here.',
  examples: [
    ['belt forward web 8080:80', 'http://127.0.0.1:8080 is port 80 of a task of web'],
    ['belt forward db.1 5432', 'the same number here'],
    ['belt forward agent.node2 9090 9091', 'of a global service, on node2'],
  ],
  run: (context, { task, port }) => forward(context, task, port),
});

async function forward(context: Context, given: string, words: readonly string[]): Promise<number> {
  const { out } = context;
  const word = readTaskWord(given);
  const ports = readPorts(words);
  if (out.json) out.startEvents(context.clock);
  return withConnections(context, async (connections) => {
    const place = await firstOf(context, connections, word, { verb: 'to', canAll: false, isWhole: isMany(word) });
    const route = new Route(context, connections, {
      word,
      place,
      onMove: ({ name, node }) =>
        out.tell('moved', { task: name, node: node.name }, `${name} is a new task now, on ${node.name}`),
    });
    const listeners = ports.map((port) => new Listener(context, route, port));
    try {
      for (const listener of listeners) await listener.listen();
      for (const { address, port } of listeners) {
        const fields = { local: address, port, task: place.name, node: place.node.name };
        out.tell('listening', fields, `${address} leads to port ${port} of ${place.name}, on ${place.node.name}`);
      }
      await untilInterrupted(context.interrupts);
    } finally {
      for (const listener of listeners) listener.close();
    }
    return EXIT.interrupted;
  });
}
