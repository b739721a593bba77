// `docker exec`: a few commands that a container of any image has.
import { containerHere } from '../../api/local.ts';
import { type Call, Failure, notPlayed, type Run } from '../command.ts';

export const exec: Run = async (call) => {
  const [container = '', name = '', ...words] = call.args;
  const task = containerHere(call.engine, container);
  const image = task.template.ContainerSpec.Image;
  if (/distroless/.test(image)) {
    const missing = `exec: ${JSON.stringify(name)}: executable file not found in $PATH`;
    throw new Failure(
      `OCI runtime exec failed: exec failed: unable to start container process: ${missing}: unknown`,
      127,
    );
  }
  const played = PLAYED[[name, ...words].join(' ')] ?? PLAYED[name];
  if (played === undefined) throw notPlayed(`exec of ${name}`);
  return await played(call, words, task.containerId.slice(0, 12));
};

type Played = (call: Call, words: string[], hostname: string) => Promise<string> | string;

const PLAYED: Record<string, Played> = {
  'sh -c command -v bash || command -v sh': () => '/bin/sh\n',
  '/bin/sh': ({ process }) => readLines(process.stdin),
  cat: ({ process }) => readLines(process.stdin),
  true: () => '',
  false: () => {
    throw new Failure('', 1);
  },
  echo: (_call, words) => `${words.join(' ')}\n`,
  hostname: (_call, _words, hostname) => `${hostname}\n`,
  // Until a signal ends it.
  sleep: () => new Promise(() => {}),
};

/** A shell that says what it was told. */
async function readLines(stdin: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stdin) text += String(chunk);
  return text;
}
