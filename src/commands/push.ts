import { command, count, positiveIfGiven, text, textOr, type Values } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { throwFailures } from '../fleet/failures.ts';
import { referenceOf } from '../images/node-push.ts';
import { pushToAll } from '../images/push.ts';
import { openSource } from '../images/source.ts';

const options = {
  to: textOr('<pattern>', '@all', 'the nodes; all of the cluster where it is not given'),
  file: { ...text('<path>', 'read them from a docker save archive or an OCI layout; - is stdin'), letter: 'f' },
  concurrency: count('<n>', 64, 'nodes at a time'),
  timeout: positiveIfGiven('<seconds>', 'end it on a node where it takes longer'),
};

export default command({
  arguments: '[image...]',
  summary: 'put images on nodes, without a registry',
  description:
    'Images from the Docker engine of this machine, from an archive or an OCI layout, to the engines of nodes: only the layers ' +
    'that a node lacks, compressed once, to all nodes at once. A cut or interrupted push goes on after the layers that arrived. Of ' +
    'each image the node makes and removes a container, to be sure that it can run there. It prints a reference by content, ' +
    'which means the same on every node and which nobody else’s registry can answer: use that one in services. The ' +
    'image also gets its own name there. Exit code 3: some nodes failed.',
  options,
  examples: [
    ['belt push app:1.2', 'from docker here to every node'],
    ["belt push app:1.2 --to 'web-*'", ''],
    ['docker save app:1.2 | belt push -f -', 'from an archive'],
    ['belt docker service create --name app $(belt push app:1.2)', 'a service of it'],
  ],
  run: (context, { image }, options) => push(context, image, options),
});

async function push(
  context: Context,
  words: readonly string[],
  { to, file, concurrency, timeout }: Values<typeof options>,
): Promise<void> {
  const { out } = context;
  const nodes = await (await context.fleet()).locate([to]);
  const source = await openSource(context, words, file);
  try {
    const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
    const { done, failures } = await pushToAll(context, nodes, () => source.images, {
      concurrency,
      timeoutMs,
      isResult: true,
    });
    if (!out.json && done.length > 0) out.lines(source.images.map((image) => referenceOf(image).shown));
    throwFailures(failures, nodes.length);
  } finally {
    source.close();
  }
}
