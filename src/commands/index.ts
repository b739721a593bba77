// Every command, in the order of the help. Its file loads when it runs: a new command is a file and a line here.
import type { Command, Group } from '../cli/command.ts';

interface Loaded {
  default: Command;
}

/** What `belt help` puts above the commands, and the commands by the words that a user types. */
export const SECTIONS: Readonly<Record<string, Readonly<Record<string, () => Promise<Loaded>>>>> = {
  'A cluster from a file': {
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
    rm: () => import('./rm.ts'),
    orphans: () => import('./orphans.ts'),
  },
  'Docker and the swarm': {
    active: () => import('./active.ts'),
    docker: () => import('./docker.ts'),
    exec: () => import('./exec.ts'),
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
    examples: [['belt swarm join node1 node[2:4]', 'a swarm of four']],
  },
  firewall: {
    summary: 'show and change what the cluster’s cloud firewall allows',
    examples: [['belt firewall open 80 443', 'for everybody, and in the cluster’s description too']],
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
