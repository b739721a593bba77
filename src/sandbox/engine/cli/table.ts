// Every docker command that simulated hosts support: those of the book's session, and what belt's tests need.
import type { Command, Run } from './command.ts';
import { exec } from './commands/exec.ts';
import { images, ps } from './commands/local.ts';
import * as node from './commands/node.ts';
import * as service from './commands/service.ts';
import * as streams from './commands/streams.ts';
import * as swarm from './commands/swarm.ts';
import { info, version } from './commands/system.ts';

type Row = [name: string, args: Command['args'], options: string, run: Run];

const none = [0, 0] as const;
const one = [1, 1] as const;
const some = [1, Number.POSITIVE_INFINITY] as const;

const SYSTEM: Row[] = [
  ['version', none, 'f,format=', version],
  ['info', none, 'f,format=', info],
  ['ps', none, 'a,all q,quiet f,filter= format=', ps],
  ['images', [0, 1], 'q,quiet format=', images],
  ['exec', [2, Number.POSITIVE_INFINITY], 'i,interactive t,tty detach-keys= u,user= w,workdir=', exec],
  ['events', none, 'f,filter=', streams.events],
  ['system dial-stdio', none, '', streams.dialStdio],
];

const SWARM: Row[] = [
  ['swarm init', none, 'advertise-addr= availability= data-path-port= autolock force-new-cluster', swarm.init],
  ['swarm join', one, 'token= advertise-addr= availability=', swarm.join],
  ['swarm join-token', one, 'q,quiet rotate', swarm.joinToken],
  ['swarm leave', none, 'f,force', swarm.leave],
  ['swarm update', none, 'autolock task-history-limit=', swarm.update],
  ['swarm unlock', none, '', swarm.unlock],
  ['swarm unlock-key', none, 'q,quiet rotate', swarm.unlockKey],
];

const NODE: Row[] = [
  ['node ls', none, 'q,quiet f,filter= format=', node.ls],
  ['node inspect', some, 'f,format=', node.inspect],
  ['node update', one, 'role= availability= label-add= label-rm=', node.update],
  ['node promote', some, '', node.promote],
  ['node demote', some, '', node.demote],
  ['node rm', some, 'f,force', node.rm],
];

const CREATE = 'd,detach q,quiet no-resolve-image name= mode= replicas= p,publish= e,env= constraint=';
const UPDATE = 'd,detach q,quiet force image= replicas= publish-add=';

const SERVICE: Row[] = [
  ['service create', one, CREATE, service.create],
  ['service update', one, UPDATE, service.update],
  ['service scale', some, 'd,detach', service.scale],
  ['service ls', none, 'q,quiet f,filter= format=', service.ls],
  ['service ps', some, 'q,quiet f,filter= format=', service.ps],
  ['service rm', some, '', service.rm],
];

export const COMMANDS: readonly Command[] = [...SYSTEM, ...SWARM, ...NODE, ...SERVICE].map(
  ([name, args, options, run]) => ({ name, args, options, run }),
);
