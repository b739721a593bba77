import { command, flag, oneOfOr, text } from '../cli/command.ts';
import { EXIT } from '../errors.ts';
import { atManyEngines } from '../fleet/many-engines.ts';
import { STRATEGIES } from '../fleet-api/place/strategy.ts';
import { untilInterrupted } from '../interrupts.ts';
import { compact } from '../patterns/index.ts';
import { ownSocket } from './endpoint/own-socket.ts';

export default command({
  arguments: '[pattern]',
  summary: 'keep one Docker API over several nodes open on a socket',
  description:
    'Listens on a socket that only you can open, and prints its address: one Docker over all nodes, or those that match, as ' +
    'belt with has it, for tools that want a socket. It ends with Ctrl-C.',
  options: {
    socket: text('<path>', 'where the socket is to be (default: in a private folder)'),
    readOnly: flag('refuse every request that changes something'),
    strategy: oneOfOr('<name>', STRATEGIES, 'spread', 'which node gets a new container: spread, binpack or random'),
  },
  examples: [
    ['belt endpoint --socket ~/.fleet.sock', 'then: docker -H unix://$HOME/.fleet.sock ps'],
    ["belt endpoint 'node[1:3]' --read-only", 'for a tool that only looks'],
  ],
  async run(context, { pattern = '@all' }, { socket, readOnly = false, strategy }) {
    const path = socket === undefined ? undefined : await ownSocket(context, socket);
    const nodes = await (await context.fleet()).locate([pattern]);
    const options = {
      nodes,
      words: [pattern],
      strategy,
      isReadOnly: readOnly,
      socket: path,
      keepAlive: { everyMs: 5_000, misses: 3 },
    };
    await atManyEngines(context, options, async (at) => {
      const names = nodes.map(({ name }) => name);
      if (context.out.json) context.out.document({ host: `unix://${at}`, nodes: names, readOnly, strategy });
      else context.out.line(`unix://${at}`);
      context.out.note(`one Docker over ${compact(names)}${readOnly ? ', read-only' : ''}, until Ctrl-C`);
      await untilInterrupted(context.interrupts);
    });
    return EXIT.interrupted;
  },
});
