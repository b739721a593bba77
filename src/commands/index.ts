// Every command, in the order of the help. Its file loads when it runs: a new command is a file and a line here.
import type { Command, Group } from '../cli/command.ts';

interface Loaded {
  default: Command;
}

/** What `belt help` puts above the commands, and the commands by the words that a user types. */
export const SECTIONS: Readonly<Record<string, Readonly<Record<string, () => Promise<Loaded>>>>> = {
  'A cluster from a file': {
    init: () => import('./init.ts'),
    plan: () => import('./plan.ts'),
    up: () => import('./up.ts'),
    down: () => import('./down.ts'),
    'cluster new': () => import('./cluster/new.ts'),
    'cluster update': () => import('./cluster/update.ts'),
    'cluster import': () => import('./cluster/import.ts'),
    'cluster ls': () => import('./cluster/ls.ts'),
    'cluster use': () => import('./cluster/use.ts'),
    'cluster show': () => import('./cluster/show.ts'),
    'cluster config': () => import('./cluster/config.ts'),
    'cluster provision': () => import('./cluster/provision.ts'),
    'cluster rm': () => import('./cluster/rm.ts'),
  },
  'Droplets by name': {
    create: () => import('./create.ts'),
    ls: () => import('./ls.ts'),
    ip: () => import('./ip.ts'),
    inspect: () => import('./inspect.ts'),
    inventory: () => import('./inventory.ts'),
    tag: () => import('./tag.ts'),
    rm: () => import('./rm.ts'),
    orphans: () => import('./orphans.ts'),
  },
  'Docker and the swarm': {
    deploy: () => import('./deploy.ts'),
    restart: () => import('./restart.ts'),
    push: () => import('./push.ts'),
    ps: () => import('./ps.ts'),
    stats: () => import('./stats.ts'),
    info: () => import('./info.ts'),
    logs: () => import('./logs.ts'),
    active: () => import('./active.ts'),
    docker: () => import('./docker.ts'),
    with: () => import('./with.ts'),
    endpoint: () => import('./endpoint.ts'),
    exec: () => import('./exec.ts'),
    ssh: () => import('./ssh.ts'),
    sh: () => import('./sh.ts'),
    cp: () => import('./cp.ts'),
    forward: () => import('./forward.ts'),
    scp: () => import('./scp.ts'),
    env: () => import('./env.ts'),
    'keep status': () => import('./keep/status.ts'),
    'keep stop': () => import('./keep/stop.ts'),
    'ssh-config': () => import('./ssh-config.ts'),
    'stack ls': () => import('./stack/ls.ts'),
    'stack ps': () => import('./stack/ps.ts'),
    'stack diff': () => import('./stack/diff.ts'),
    'stack rm': () => import('./stack/rm.ts'),
    'stack export': () => import('./stack/export.ts'),
    'stack config': () => import('./stack/config.ts'),
    'secret set': () => import('./secret/set.ts'),
    'secret rotate': () => import('./secret/rotate.ts'),
    'secret ls': () => import('./secret/ls.ts'),
    'secret rm': () => import('./secret/rm.ts'),
    'registry login': () => import('./registry/login.ts'),
    'registry logout': () => import('./registry/logout.ts'),
    'registry ls': () => import('./registry/ls.ts'),
    'registry refresh': () => import('./registry/refresh.ts'),
    'swarm init': () => import('./swarm/init.ts'),
    'swarm join': () => import('./swarm/join.ts'),
  },
  'Who gets in': {
    'firewall show': () => import('./firewall/show.ts'),
    'firewall open': () => import('./firewall/open.ts'),
    'firewall close': () => import('./firewall/close.ts'),
    'firewall allow-ssh': () => import('./firewall/allow-ssh.ts'),
    trust: () => import('./trust.ts'),
  },
  'The account': {
    'auth add': () => import('./auth/add.ts'),
    'auth ls': () => import('./auth/ls.ts'),
    'auth use': () => import('./auth/use.ts'),
    'auth rm': () => import('./auth/rm.ts'),
    sizes: () => import('./account/sizes.ts'),
    regions: () => import('./account/regions.ts'),
    images: () => import('./account/images.ts'),
    keys: () => import('./account/keys.ts'),
    vpcs: () => import('./account/vpcs.ts'),
  },
  'Without an account': {
    'sandbox start': () => import('./sandbox/start.ts'),
    'sandbox stop': () => import('./sandbox/stop.ts'),
    'sandbox status': () => import('./sandbox/status.ts'),
    'sandbox env': () => import('./sandbox/env.ts'),
    'sandbox doctor': () => import('./sandbox/doctor.ts'),
    'sandbox clean': () => import('./sandbox/clean.ts'),
    'sandbox image build': () => import('./sandbox/image/build.ts'),
    'sandbox image ls': () => import('./sandbox/image/ls.ts'),
    'sandbox image rm': () => import('./sandbox/image/rm.ts'),
  },
  belt: {
    completion: () => import('./completion.ts'),
    version: () => import('./version.ts'),
  },
};

/** The words that several commands begin with. */
export const GROUPS: Readonly<Record<string, Group>> = {
  cluster: {
    summary: 'several clusters: describe, choose, create and remove them',
    examples: [
      ["belt cluster new shop --manager 'm[1:3]' --worker 6", 'then: belt up'],
      ['belt cluster use shop', 'every command is about shop now'],
    ],
  },
  swarm: {
    summary: 'create and extend a swarm',
    examples: [["belt swarm join node1 'node[2:4]'", 'a swarm of four']],
  },
  stack: {
    summary: 'stacks of services from Compose files',
    examples: [
      ['belt stack ls', 'the stacks of the swarm; belt deploy makes them'],
      ['belt stack config -c stack.yml', 'what the file asks for, and what is wrong with it'],
    ],
  },
  secret: {
    summary: 'secrets of the swarm that belong to no stack',
    examples: [
      ['belt secret set db_password < password.txt', 'in a Compose file: secrets: {db_password: {external: true}}'],
      ['belt secret rotate db_password < new.txt', 'and the services that use it'],
    ],
  },
  registry: {
    summary: 'credentials of image registries: here, and in services',
    examples: [
      ['belt registry login ghcr.io -u ann < token.txt', 'docker here, and deployments, have them'],
      ['belt registry ls', 'which services hold some, and until when'],
      ['belt registry refresh', 'new ones for services that run, without a restart'],
    ],
  },
  keep: {
    summary: 'SSH connections that are kept between commands',
    examples: [
      ['belt --keep 10m exec @all -- uptime', 'the next command within ten minutes finds the nodes connected'],
      ['belt keep status', 'which they are; keep: 10m in .belt.yaml has every command keep them'],
    ],
  },
  firewall: {
    summary: 'show and change what the cluster’s cloud firewall allows',
    examples: [['belt firewall open 80 443', 'to everybody; says what to change in your .belt.yaml']],
  },
  auth: {
    summary: 'keep the tokens of several accounts',
    examples: [
      ['belt auth add work', 'asks for the token; in a pipe: belt auth add work < token'],
      ['belt auth use work', 'where no variable and no file has a token'],
      ['belt --account work ls', 'once, whatever they have'],
    ],
  },
  sandbox: {
    summary: 'an embedded DigitalOcean to try, test and measure with',
    examples: [['belt sandbox start && eval "$(belt sandbox env)"', 'then belt talks to it']],
  },
  'sandbox image': {
    summary: 'the images that engine hosts boot from',
    examples: [['belt sandbox image build', 'what sandbox start would build first']],
  },
};

export const COMMANDS: Readonly<Record<string, () => Promise<Loaded>>> = Object.assign({}, ...Object.values(SECTIONS));
