// `docker swarm …`.

import { type InitBody, swarmInit, swarmInspect, swarmJoin, swarmLeave } from '../../api/swarm.ts';
import { swarmInfo } from '../../api/system.ts';
import { EngineError } from '../../errors.ts';
import type { Engine } from '../../model/engine.ts';
import type { Role } from '../../model/node.ts';
import { type Command, exactly, Failure, type Invocation, none } from '../framework/command.ts';
import { told } from '../framework/told.ts';
import { change, lockCommands, unlockText } from './swarmLock.ts';

function availabilityOf({ values }: Invocation): 'active' | 'pause' | 'drain' {
  const given = values.text('availability') ?? 'active';
  if (given === 'active' || given === 'pause' || given === 'drain') return given;
  throw new Failure(`invalid availability "${given}", only active, pause and drain are supported`);
}

function joinText(engine: Engine, role: Role): string {
  const { JoinTokens } = swarmInspect(engine);
  const token = role === 'worker' ? JoinTokens.Worker : JoinTokens.Manager;
  return `    docker swarm join --token ${token} ${swarmInfo(engine).NodeAddr}:2377\n`;
}

/** The command adds to one of the engine's refusals what to do about it. */
function started(engine: Engine, body: InitBody): string {
  try {
    return swarmInit(engine, body);
  } catch (error) {
    if (!(error instanceof EngineError) || !error.message.startsWith('could not choose an IP address')) throw error;
    throw new EngineError(error.status, `${error.message} - specify one with --advertise-addr`);
  }
}

const REFUSED_BY_INIT = [
  ...['cert-expiry', 'default-addr-pool-mask-length', 'dispatcher-heartbeat', 'external-ca'],
  ...['max-snapshots', 'snapshot-interval'],
];

const init: Command = {
  ...told('swarm init'),
  refuses: REFUSED_BY_INIT,
  arity: none,
  async run(invocation) {
    const { engine, process, values } = invocation;
    const body: InitBody = {
      AdvertiseAddr: values.text('advertise-addr'),
      ListenAddr: values.text('listen-addr'),
      ForceNewCluster: values.is('force-new-cluster'),
      Availability: availabilityOf(invocation),
      DefaultAddrPool: values.all('default-addr-pool'),
      DataPathPort: values.number('data-path-port'),
      Spec: {
        Orchestration: { TaskHistoryRetentionLimit: values.number('task-history-limit') },
        EncryptionConfig: { AutoLockManagers: values.is('autolock') },
      },
    };
    const id = started(engine, body);
    await process.out(
      `Swarm initialized: current node (${id}) is now a manager.\n\nTo add a worker to this swarm, run the following command:\n\n${joinText(engine, 'worker')}\nTo add a manager to this swarm, run 'docker swarm join-token manager' and follow the instructions.\n`,
    );
    if (values.is('autolock')) await process.out(unlockText(engine));
    return 0;
  },
};

const join: Command = {
  ...told('swarm join'),
  arity: exactly(1),
  async run(invocation) {
    const { engine, process, values, args } = invocation;
    await swarmJoin(engine, {
      RemoteAddrs: args,
      JoinToken: values.text('token'),
      AdvertiseAddr: values.text('advertise-addr'),
      Availability: availabilityOf(invocation),
    });
    const role = swarmInfo(engine).ControlAvailable ? 'manager' : 'worker';
    await process.out(`This node joined a swarm as a ${role}.\n`);
    return 0;
  },
};

const leave: Command = {
  ...told('swarm leave'),
  arity: none,
  async run({ engine, process, values }) {
    swarmLeave(engine, { force: values.is('force') });
    await process.out('Node left the swarm.\n');
    return 0;
  },
};

const joinToken: Command = {
  ...told('swarm join-token'),
  arity: exactly(1),
  async run({ engine, process, values, args }) {
    const [role] = args;
    if (role !== 'worker' && role !== 'manager') throw new Failure(`unknown role ${role}`);
    if (values.is('rotate')) {
      change(engine, {
        rotateWorkerToken: role === 'worker',
        rotateManagerToken: role === 'manager',
      });
      if (!values.is('quiet')) await process.out(`Successfully rotated ${role} join token.\n\n`);
    }
    const { JoinTokens } = swarmInspect(engine);
    await process.out(
      values.is('quiet')
        ? `${role === 'worker' ? JoinTokens.Worker : JoinTokens.Manager}\n`
        : `To add a ${role} to this swarm, run the following command:\n\n${joinText(engine, role)}\n`,
    );
    return 0;
  },
};

export const swarmCommands: Command[] = [init, join, leave, joinToken, ...lockCommands];
