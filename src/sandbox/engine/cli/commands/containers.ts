// `docker ps`, `docker images` and `docker exec`: what is on this host.
import { text } from 'node:stream/consumers';
import { containerHere, containerList, imageList, lasted } from '../../api/local.ts';
import { Failure, notPlayed } from '../../failure.ts';
import { type Call, type Commands, NONE, type Run } from '../command.ts';
import { filtersOf, list } from '../format.ts';

const ps: Run = (call) => {
  const rows = containerList(call.engine, filtersOf(call)).map((container) => ({
    ID: container.Id.slice(0, 12),
    Image: container.Image,
    Command: `"${container.Command}"`,
    RunningFor: `${lasted(call.engine.world.now() - container.Created * 1000)} ago`,
    Status: container.Status,
    Ports: container.Ports.map(portText).join(', '),
    Names: container.Names.map((name) => name.slice(1)).join(','),
  }));
  return list(call, 'ID=CONTAINER_ID Image Command RunningFor=CREATED Status Ports Names', rows);
};

type Port = ReturnType<typeof containerList>[number]['Ports'][number];

/** `0.0.0.0:80->80/tcp`, `[::]:80->80/tcp`; `80/tcp` of a port that is not published. */
function portText({ IP, PublicPort, PrivatePort, Type }: Port): string {
  if (IP === undefined) return `${PrivatePort}/${Type}`;
  return `${IP.includes(':') ? `[${IP}]` : IP}:${PublicPort}->${PrivatePort}/${Type}`;
}

const images: Run = (call) => {
  const [wanted] = call.args;
  const rows = imageList(call.engine)
    .map((image) => {
      const [, Repository = '', Tag = ''] = /^(.*):([^:]*)$/.exec(image.RepoTags[0] ?? '') ?? [];
      return { Repository, Tag, ID: image.Id.slice(7, 19), Size: `${Math.round(image.Size / 1e6)}MB` };
    })
    .filter(({ Repository, Tag }) => [undefined, Repository, `${Repository}:${Tag}`].includes(wanted));
  return list(call, 'Repository Tag ID=IMAGE_ID Size', rows);
};

/** A few commands that a container of any image has. */
const exec: Run = async (call) => {
  const [container = '', name = '', ...words] = call.args;
  const task = containerHere(call.engine, container);
  if (/distroless/.test(task.template.ContainerSpec.Image)) {
    const missing = `exec: ${JSON.stringify(name)}: executable file not found in $PATH`;
    const what = 'OCI runtime exec failed: exec failed: unable to start container process';
    throw new Failure(`${what}: ${missing}: unknown`, 127);
  }
  const played = INSIDE[[name, ...words].join(' ')] ?? INSIDE[name];
  if (played === undefined) throw notPlayed(`docker exec of ${name}`);
  return await played(call, words, task.containerId.slice(0, 12));
};

const INSIDE: Record<string, (call: Call, words: string[], hostname: string) => Promise<string> | string> = {
  'sh -c command -v bash || command -v sh': () => '/bin/sh\n',
  // It says what it was told.
  '/bin/sh': ({ process }) => text(process.stdin),
  cat: ({ process }) => text(process.stdin),
  true: () => '',
  false: () => {
    throw new Failure('');
  },
  echo: (_call, words) => `${words.join(' ')}\n`,
  hostname: (_call, _words, hostname) => `${hostname}\n`,
  // Until a signal ends it.
  sleep: () => new Promise(() => {}),
};

export const CONTAINERS: Commands = {
  ps: [NONE, 'a,all q,quiet f,filter= format=', ps],
  images: [[0, 1], 'q,quiet format=', images],
  exec: [[2, Number.POSITIVE_INFINITY], 'i,interactive t,tty detach-keys= u,user= w,workdir=', exec],
};
