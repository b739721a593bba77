// Words that people try because another tool has them, and belt's own for the same. Only told: none is run in place of another.

const REMOVE = 'remove nodes: belt rm · the whole cluster: belt down';
const LIST = 'list the nodes: belt ls · the clusters: belt cluster ls';
const STATUS =
  'the nodes: belt ls · one cluster, its roles and its cost: belt cluster show · what is missing: belt plan';
const SHELL =
  'a shell on a node: belt ssh NODE · in a task of a service: belt sh SERVICE · a command on many: belt exec PATTERN -- COMMAND';
const APPLY = 'make the cluster what its file says: belt up · a stack of services: belt deploy';
const DETAILS = 'all about a node: belt inspect NODE · its engine: belt info NODE · about a cluster: belt cluster show';
const NEW =
  'a first .belt.yaml: belt init · droplets by name: belt create SIZE PATTERN · one of several clusters: belt cluster new NAME';
const COPY =
  'to a task: belt cp FILE SERVICE:PATH · to nodes: belt scp FILE NODE:PATH · plain rsync knows the nodes after: belt ssh-config --write';
const PRICES = 'what sizes cost: belt sizes · what a cluster costs: belt cluster show';
const POWER = 'reboot a node: belt exec NODE -- reboot · power it on or off: in DigitalOcean’s control panel';
const AVAILABILITY =
  'belt docker node update --availability drain NODE · for good: availability: drain in .belt.yaml, then: belt up';
const REPLACE = 'delete a node and create it again, empty: belt up --replace NODE';
const BACKUPS = 'snapshots: in DigitalOcean’s control panel · backups of new droplets: belt create --backups';
const REMOVE_CLUSTER = 'belt cluster rm NAME';

/** By the words after `belt`: what to type instead. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ...['delete', 'destroy', 'remove', 'del', 'kill', 'terminate'].map((word) => [word, REMOVE] as const),
  ...['list', 'nodes', 'droplets', 'machines'].map((word) => [word, LIST] as const),
  ...['status', 'state', 'health'].map((word) => [word, STATUS] as const),
  ...['shell', 'console', 'connect', 'attach'].map((word) => [word, SHELL] as const),
  ...['apply', 'provision'].map((word) => [word, APPLY] as const),
  ...['describe', 'show', 'get'].map((word) => [word, DETAILS] as const),
  ...['new', 'add', 'launch'].map((word) => [word, NEW] as const),
  ...['copy', 'rsync'].map((word) => [word, COPY] as const),
  ['scale', 'a service: belt docker service scale NAME=3 · the nodes: change workers in .belt.yaml, then: belt up'],
  ...['reload', 'redeploy'].map(
    (word) => [word, 'the tasks of a service: belt restart SERVICE · a stack from its files: belt deploy'] as const,
  ),
  ...['port-forward', 'proxy', 'tunnel'].map(
    (word) =>
      [
        word,
        'a port of a task: belt forward SERVICE LOCAL:PORT · of a node: belt ssh -N -L LOCAL:localhost:PORT NODE',
      ] as const,
  ),
  ['run', 'a command on nodes: belt exec PATTERN -- COMMAND · a container: belt docker run IMAGE'],
  ...['login', 'token', 'signin'].map(
    (word) => [word, 'keep a token: belt auth add NAME · of an image registry: belt registry login HOST'] as const,
  ),
  ['logout', 'forget a token: belt auth rm NAME · of an image registry: belt registry logout HOST'],
  ...['price', 'prices', 'pricing', 'cost', 'costs'].map((word) => [word, PRICES] as const),
  ...['start', 'stop', 'reboot', 'power', 'poweron', 'poweroff', 'shutdown'].map((word) => [word, POWER] as const),
  ...['upgrade', 'update'].map(
    (word) =>
      [
        word,
        'a stack: belt deploy · the cluster: change .belt.yaml, then: belt up · Docker on a node: engine.version there, then: belt up --replace NODE',
      ] as const,
  ),
  ['resize', `change size in .belt.yaml, then ${REPLACE}`],
  ...['rebuild', 'recreate', 'replace', 'repair'].map((word) => [word, REPLACE] as const),
  ...['drain', 'cordon', 'pause'].map((word) => [word, AVAILABILITY] as const),
  ['undrain', 'belt docker node update --availability active NODE'],
  ...['promote', 'demote'].map((word) => [word, `belt docker node ${word} NODE · and move it in .belt.yaml`] as const),
  ...['snapshot', 'backup', 'restore'].map((word) => [word, BACKUPS] as const),
  ['rename', 'a droplet keeps its name: create another with belt create, then belt rm the old one'],
  ['rollback', 'a stack: belt deploy --rollback STACK · droplets that a failed run made: belt up --rollback'],
  ['compose', 'as a stack of the swarm: belt deploy · on one node: belt with NODE -- docker compose up'],
  ['events', 'belt docker events · of all nodes: belt with @all -- docker events'],
  ...['services', 'stacks'].map((word) => [word, 'belt docker service ls · belt stack ls'] as const),
  ['clusters', 'belt cluster ls'],
  ['secrets', 'belt secret ls'],
  ['accounts', 'belt auth ls'],
  ...['open', 'close', 'allow'].map(
    (word) =>
      [word, 'ports: belt firewall open PORT, belt firewall close PORT · SSH: belt firewall allow-ssh CIDR'] as const,
  ),
  ['service', 'belt docker service'],
  ['node', 'belt docker node · droplets: belt ls'],
  ['join', 'belt swarm join MANAGER PATTERN'],
  ['use', 'choose a node: belt active NODE · a cluster: belt cluster use NAME'],
  ...['top', 'usage'].map((word) => [word, 'what containers use: belt stats'] as const),
  ['diff', 'belt plan'],
  ['untag', 'belt tag PATTERN TAG --remove'],
  ...['delete', 'destroy', 'remove'].map((word) => [`cluster ${word}`, REMOVE_CLUSTER] as const),
  ['cluster list', 'belt cluster ls'],
  ['cluster create', 'belt cluster new NAME'],
  ['cluster up', 'belt up · of one that is not chosen: belt cluster provision NAME'],
  ['cluster plan', 'belt plan'],
  ['cluster down', 'belt down · of one that is not chosen: belt cluster rm NAME'],
  ['cluster describe', 'belt cluster show NAME'],
  ['firewall ls', 'belt firewall show'],
  ['firewall list', 'belt firewall show'],
  ['firewall allow', 'ports: belt firewall open PORT · who may use SSH: belt firewall allow-ssh CIDR'],
  ['swarm leave', 'take a node out: belt --host NODE docker swarm leave · and delete its droplet: belt rm NODE'],
  ['swarm ls', 'belt docker node ls'],
]);

/** What to type instead of these words; undefined for a word that nobody tries. */
export const instead = (words: readonly string[]): string | undefined => SYNONYMS.get(words.join(' '));

/** All of them, by the words that are tried. */
export const synonyms: Iterable<readonly [string, string]> = SYNONYMS;
