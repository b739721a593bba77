// What docker's client would read or write locally: files, folders and variables. That client runs on the node, but whoever
// types a file's name means one on this machine. Pure.

import { quoteWord } from '../quote.ts';
import { shapeOf } from './docker-commands.ts';
import { isStdin } from './docker-input.ts';
import { type DockerLine, parse, readDockerLine, valuesOf } from './docker-line.ts';

/** Something that docker would read or write on the node. */
export interface OfNode {
  /** A file, folder or variable as it was typed. */
  what: string;
  /** `would read image.tar on the node`. */
  deed: string;
  /** How to do it from here with the docker of the node, for a hint; undefined where it cannot be done. */
  way: string | undefined;
  /** Whether a docker on this machine would find it here, whatever engine it talks to. */
  isClients: boolean;
}

/** What belt needs to know about this machine to decide what is meant. */
export interface Here {
  cwd: string;
  home: string;
  exists(path: string): boolean;
  /** Whether a variable has a value here. */
  isSet(variable: string): boolean;
}

type Finds = (line: DockerLine, here: Here) => (OfNode | undefined)[];

/** What docker would read or write on the node although this machine's is meant; the first is reported. */
export function ofTheNode(line: DockerLine, here: Here): OfNode[] {
  if (line.isHelp) return [];
  const [first = ''] = line.words;
  // A word such as `constructor` is in every object.
  const plugin = Object.hasOwn(PLUGINS, first) ? PLUGINS[first] : undefined;
  const finds = line.command === undefined ? plugin : COMMANDS[line.command];
  return [...ofClient(line), ...(finds?.(line, here) ?? [])].filter((found) => found !== undefined);
}

const reads = (what: string, way?: string): OfNode | undefined =>
  isStdin(what) || what === '/dev/null'
    ? undefined
    : { what, deed: `would read ${what} on the node`, way, isClients: true };

const writes = (what: string, way?: string): OfNode | undefined =>
  /^(-|\/dev\/(null|stdout|stderr))$/.test(what)
    ? undefined
    : { what, deed: `would write ${what} on the node`, way, isClients: true };

/** For a file that is about the client of the node: a docker here is another one. */
const ofThatClient = (found: OfNode | undefined): OfNode | undefined => found && { ...found, isClients: false };

const each = (line: DockerLine, names: string | readonly string[], find: (value: string) => OfNode | undefined) =>
  valuesOf(line, ...[names].flat())
    .filter((value) => value !== '')
    .map(find);

/** The settings and certificates of the client itself. */
function ofClient({ globals }: DockerLine): (OfNode | undefined)[] {
  const options = { options: globals };
  return [
    ...valuesOf(options, 'config').map((file) => reads(file)),
    ...valuesOf(options, 'tlscacert', 'tlscert', 'tlskey').map((file) =>
      ofThatClient(reads(file, 'put it on the node first')),
    ),
  ];
}

/** Files of variables cannot be `-`, but can be the device. */
const envFiles: Finds = (line) =>
  each(line, 'env-file', (file) => reads(file, `--env-file /dev/stdin < ${quoteWord(file)}`));

/** `-e NAME` takes the value from the client's own environment. */
const variables =
  (option: string, typed: string): Finds =>
  (line, { isSet }) =>
    each(line, option, (name) =>
      name.includes('=') || !isSet(name)
        ? undefined
        : {
            what: name,
            deed: `would read ${name} from the node's environment`,
            way: `${typed} ${name}="$${name}"`,
            isClients: true,
          },
    );

const MOUNT_WAY = 'mount a path on the node, or copy into a volume: tar -c … | belt docker cp - CONTAINER:/PATH';

/** A path on this machine: a relative one, or an existing one in this folder or the home. */
function mounted(source: string, { cwd, home, exists }: Here): OfNode | undefined {
  const isRelative = /^\.\.?(\/|$)/.test(source);
  const isBelow = (folder: string) => folder !== '/' && (source === folder || source.startsWith(`${folder}/`));
  const isOurs = isRelative || ((isBelow(cwd) || isBelow(home)) && exists(source));
  return isOurs
    ? { what: source, deed: `would mount ${source} of the node`, way: MOUNT_WAY, isClients: false }
    : undefined;
}

const mounts =
  (option: string): Finds =>
  (line, here) => [
    ...each(line, 'volume', (value) => (value.includes(':') ? mounted(value.split(':')[0]!, here) : undefined)),
    ...each(line, option, (value) => {
      const fields = fieldsOf(value);
      const source = fields.get('src') ?? fields.get('source');
      return fields.get('type') === 'bind' && source !== undefined ? mounted(source, here) : undefined;
    }),
  ];

/** `type=bind,src=/x` */
const fieldsOf = (value: string): Map<string, string> =>
  new Map(value.split(',').map((field) => [field.split('=')[0]!.toLowerCase(), field.split('=').slice(1).join('=')]));

const container: Finds = (line, here) => [
  ...envFiles(line, here),
  ...each(line, 'label-file', (file) => reads(file, `--label-file /dev/stdin < ${quoteWord(file)}`)),
  ...each(line, 'cidfile', (file) => writes(file, `belt docker run -d … > ${quoteWord(file)}`)),
  ...each(line, 'security-opt', (value) => {
    const [, profile] = /^seccomp[=:](.+)$/.exec(value) ?? [];
    const isName = profile === undefined || ['unconfined', 'builtin'].includes(profile);
    return isName ? undefined : reads(profile);
  }),
  ...variables('env', '-e')(line, here),
  ...mounts('mount')(line, here),
];

const build: Finds = (line, here) => {
  const [context] = line.args;
  const isRemote =
    context === undefined || isStdin(context) || /^(https?|git|ssh|docker-image):|^git@|^github\.com\//.test(context);
  const dockerfile = valuesOf(line, 'file').at(-1);
  const file = dockerfile === undefined || isStdin(dockerfile) ? '' : ` -f ${quoteWord(dockerfile)}`;
  return [
    isRemote ? undefined : reads(context, `tar -C ${quoteWord(context)} -c . | belt docker build${file} -`),
    ...each(line, 'iidfile', (path) => writes(path, `belt docker build -q … > ${quoteWord(path)}`)),
    ...each(line, 'metadata-file', (path) => writes(path)),
    ...each(line, 'secret', (value) => {
      const fields = fieldsOf(value);
      const source = fields.get('src') ?? fields.get('source');
      return source === undefined ? undefined : reads(source);
    }),
    ...each(line, 'output', (value) => {
      const fields = fieldsOf(value);
      const to = value.includes('=') ? fields.get('dest') : value;
      return to === undefined ? undefined : writes(to, 'belt docker build -o - … | tar -x');
    }),
    ...each(line, 'build-context', (value) => {
      const source = value.split('=').slice(1).join('=');
      return /^[a-z-]+:\/\//.test(source) ? undefined : reads(source);
    }),
    ...variables('build-arg', '--build-arg')(line, here),
  ];
};

/** A container's side of `cp` has a colon, and begins with neither `/` nor `.`. */
const isOfContainer = (word: string): boolean => /^[^/.:][^:]*:/.test(word);

const copy: Finds = ({ args: [from, to] }) => {
  if (from === undefined || to === undefined) return [];
  const quoted = [from, to].map(quoteWord);
  if (!isOfContainer(from) && from !== '-')
    return [
      reads(from, `tar -c ${quoted[0]} | belt docker cp - ${isOfContainer(to) ? quoted[1] : 'CONTAINER:/FOLDER'}`),
    ];
  if (!isOfContainer(to) && to !== '-') return [writes(to, `belt docker cp ${quoted[0]} - | tar -x`)];
  return [];
};

/** `config create NAME FILE` */
const created =
  (kind: string): Finds =>
  ({ args: [name = '', file] }) =>
    file === undefined ? [] : [reads(file, `belt docker ${kind} create ${quoteWord(name)} - < ${quoteWord(file)}`)];

const stack =
  (words: string): Finds =>
  (line) => {
    const files = valuesOf(line, 'compose-file').flatMap((value) => value.split(','));
    const rest = line.args.map((word) => ` ${quoteWord(word)}`).join('');
    const way = (file: string) => `belt docker stack ${words} -c -${rest} < ${quoteWord(file)}`;
    return files.filter(Boolean).map((file) => reads(file, way(file)));
  };

const authority: Finds = (line) => [
  ...each(line, ['ca-cert', 'ca-key'], (file) => reads(file)),
  ...each(line, 'external-ca', (value) => {
    const file = fieldsOf(value).get('cacert');
    return file === undefined ? undefined : reads(file);
  }),
];

const contextFiles: Finds = (line) =>
  each(line, 'docker', (value) => {
    const fields = fieldsOf(value);
    const file = fields.get('ca') ?? fields.get('cert') ?? fields.get('key');
    return file === undefined ? undefined : ofThatClient(reads(file, 'copy it to the node first'));
  });

const COMMANDS: Readonly<Record<string, Finds>> = {
  'config create': created('config'),
  'container cp': copy,
  'container create': container,
  'container exec': (line, here) => [...envFiles(line, here), ...variables('env', '-e')(line, here)],
  'container export': (line) =>
    each(line, 'output', (file) =>
      writes(file, `belt docker export ${line.args.map(quoteWord).join(' ')} > ${quoteWord(file)}`),
    ),
  'container run': container,
  'context create': contextFiles,
  'context export': ({ args: [name = '', file = `${name}.dockercontext`] }) => [
    ofThatClient(writes(file, `belt docker context export ${quoteWord(name)} - > ${quoteWord(file)}`)),
  ],
  'context import': ({ args: [name = '', file] }) =>
    file === undefined
      ? []
      : [ofThatClient(reads(file, `belt docker context import ${quoteWord(name)} - < ${quoteWord(file)}`))],
  'context update': contextFiles,
  'image build': build,
  'image import': ({ args: [file, ...names] }) =>
    file === undefined || /^https?:\/\//.test(file)
      ? []
      : [reads(file, `belt docker import ${['-', ...names.map(quoteWord)].join(' ')} < ${quoteWord(file)}`)],
  'image load': (line) => each(line, 'input', (file) => reads(file, `belt docker load < ${quoteWord(file)}`)),
  'image save': (line) =>
    each(line, 'output', (file) =>
      writes(file, `belt docker save ${line.args.map(quoteWord).join(' ')} > ${quoteWord(file)}`),
    ),
  'plugin create': ({ args: [, folder] }) => (folder === undefined ? [] : [reads(folder)]),
  'secret create': created('secret'),
  'service create': (line, here) => [
    ...envFiles(line, here),
    ...variables('env', '-e')(line, here),
    ...mounts('mount')(line, here),
  ],
  'service update': (line, here) => [
    ...variables('env-add', '--env-add')(line, here),
    ...mounts('mount-add')(line, here),
  ],
  'stack config': stack('config'),
  'stack deploy': stack('deploy'),
  'swarm ca': authority,
  'swarm init': authority,
  'swarm update': authority,
  'trust key generate': ({ args: [name = ''], ...line }) => [
    ofThatClient(
      writes(`${valuesOf(line, 'dir').map((folder) => `${folder}/`)}${name}.pub`, 'run it with docker on this machine'),
    ),
  ],
  'trust key load': ({ args: [file] }) =>
    file === undefined ? [] : [ofThatClient(reads(file, 'belt docker trust key load /dev/stdin < KEY'))],
  'trust signer add': (line) => each(line, 'key', (file) => ofThatClient(reads(file, 'copy it to the node first'))),
};

const COMPOSE = shapeOf(
  'compose',
  [
    'all-resources compatibility dry-run verbose version:v | ' +
      'ansi env-file file:f parallel profile progress project-directory project-name:p',
  ],
  { stopsAtWord: true },
);

/** For a project that is given by name, these only query the engine. */
const WITHOUT_FILE = /^(down|events|exec|images|kill|logs|pause|port|ps|restart|rm|start|stats|stop|top|unpause|wait)$/;

const compose: Finds = ({ words }) => {
  const line = parse(words.slice(1), COMPOSE);
  const [verb] = line.args;
  const files = valuesOf(line, 'file');
  const isNamed = valuesOf(line, 'project-name').length > 0;
  if (verb === undefined || /^(ls|version|help)$/.test(verb) || words.includes('--help')) return [];
  const rest = [...words.slice(1).filter((word) => word === verb)].join(' ');
  const way = (file: string) => `belt docker compose -f - -p PROJECT ${rest} < ${quoteWord(file)}`;
  const found = [...files, ...valuesOf(line, 'env-file'), ...valuesOf(line, 'project-directory')].map((file) =>
    reads(file, way(file)),
  );
  if (files.length > 0 || (isNamed && WITHOUT_FILE.test(verb))) return found;
  return [...found, reads('compose.yaml', way('compose.yaml'))];
};

/** Commands of plugins that are recognized. */
const PLUGINS: Readonly<Record<string, Finds>> = {
  buildx: ({ words: [, verb = '', ...rest] }, here) => {
    if (verb === 'build' || verb === 'b') return build(readDockerLine(['build', ...rest]), here);
    const isBaked =
      verb === 'bake' && !rest.some((word, index) => word === '-' && /^(-f|--file)$/.test(rest[index - 1] ?? ''));
    return isBaked ? [reads('docker-bake.hcl', 'belt docker buildx bake -f - < docker-bake.hcl')] : [];
  },
  compose,
};
