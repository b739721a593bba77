// `docker swarm …`: joining, leaving, tokens and the lock.
import * as api from '../../api/swarm.ts';
import { swarmInfo } from '../../api/system.ts';
import { Failure } from '../../failure.ts';
import type { Engine } from '../../model/engine.ts';
import { leaveSwarm, unlockSwarm } from '../../model/membership.ts';
import type { Availability } from '../../model/node.ts';
import { type Call, type CliProcess, type Commands, NONE, ONE, type Run } from '../command.ts';

const availabilityOf = (call: Call) => (call.text('availability') ?? 'active') as Availability;

const joinText = (engine: Engine, token: string): string =>
  `    docker swarm join --token ${token} ${swarmInfo(engine).NodeAddr}:2377\n`;

/** What is printed where there is a key. */
const unlockText = (
  engine: Engine,
): string => `To unlock a swarm manager after it restarts, run the \`docker swarm unlock\`
command and provide the following key:

    ${api.swarmUnlockKey(engine).UnlockKey}

Remember to store this key in a password manager, since without it you
will not be able to restart the manager.
`;

const init: Run = (call) => {
  const { engine } = call;
  const id = api.swarmInit(engine, {
    AdvertiseAddr: call.text('advertise-addr'),
    ForceNewCluster: call.is('force-new-cluster'),
    Availability: availabilityOf(call),
    DataPathPort: call.number('data-path-port'),
    Spec: { EncryptionConfig: { AutoLockManagers: call.is('autolock') } },
  });
  return `Swarm initialized: current node (${id}) is now a manager.

To add a worker to this swarm, run the following command:

${joinText(engine, api.swarmInspect(engine).JoinTokens.Worker)}
To add a manager to this swarm, run 'docker swarm join-token manager' and follow the instructions.
${call.is('autolock') ? unlockText(engine) : ''}`;
};

const join: Run = async (call) => {
  await api.swarmJoin(call.engine, {
    RemoteAddrs: call.args,
    JoinToken: call.text('token'),
    AdvertiseAddr: call.text('advertise-addr'),
    Availability: availabilityOf(call),
  });
  return `This node joined a swarm as a ${swarmInfo(call.engine).ControlAvailable ? 'manager' : 'worker'}.\n`;
};

const leave: Run = (call) => {
  leaveSwarm(call.engine, { force: call.is('force') });
  return 'Node left the swarm.\n';
};

const joinToken: Run = (call) => {
  const { engine, args } = call;
  const [role] = args;
  if (role !== 'worker' && role !== 'manager') throw new Failure(`unknown role ${role}`);
  if (call.is('rotate')) change(engine, role === 'worker' ? { rotateWorkerToken: true } : { rotateManagerToken: true });
  const { JoinTokens } = api.swarmInspect(engine);
  const token = role === 'worker' ? JoinTokens.Worker : JoinTokens.Manager;
  if (call.is('quiet')) return `${token}\n`;
  const rotated = call.is('rotate') ? `Successfully rotated ${role} join token.\n\n` : '';
  return `${rotated}To add a ${role} to this swarm, run the following command:\n\n${joinText(engine, token)}\n`;
};

/** Changes what is named; the rest stays. */
function change(engine: Engine, what: Partial<api.SwarmUpdate>): void {
  const { Version, Spec } = api.swarmInspect(engine);
  const nothing = { rotateWorkerToken: false, rotateManagerToken: false, rotateManagerUnlockKey: false };
  api.swarmUpdate(engine, { version: Version.Index, spec: Spec, ...nothing, ...what });
}

const update: Run = (call) => {
  const { engine } = call;
  const { Orchestration, EncryptionConfig } = api.swarmInspect(engine).Spec;
  const before = EncryptionConfig.AutoLockManagers;
  const AutoLockManagers = call.text('autolock') === undefined ? before : call.is('autolock');
  const TaskHistoryRetentionLimit = call.number('task-history-limit') ?? Orchestration.TaskHistoryRetentionLimit;
  change(engine, { spec: { Orchestration: { TaskHistoryRetentionLimit }, EncryptionConfig: { AutoLockManagers } } });
  return `Swarm updated.\n${AutoLockManagers && !before ? unlockText(engine) : ''}`;
};

const unlockKey: Run = (call) => {
  const { engine } = call;
  const rotate = call.is('rotate');
  if (api.swarmUnlockKey(engine).UnlockKey === '') {
    throw new Failure(rotate ? 'cannot rotate because autolock is not turned on' : 'no unlock key is set');
  }
  if (rotate) change(engine, { rotateManagerUnlockKey: true });
  if (call.is('quiet')) return `${api.swarmUnlockKey(engine).UnlockKey}\n`;
  return (rotate ? 'Successfully rotated manager unlock key.\n' : '') + unlockText(engine);
};

const unlock: Run = async ({ engine, process }) => {
  const { LocalNodeState: state } = swarmInfo(engine);
  if (state === 'inactive') throw new Failure('Error: This node is not part of a swarm');
  if (state !== 'locked') throw new Failure('Error: swarm is not locked');
  unlockSwarm(engine, await typed(process));
  return '';
};

/** The first line of the input; on a terminal it is asked for, and not shown. */
async function typed(process: CliProcess): Promise<string> {
  const isAsked = process.terminal !== undefined;
  process.echoes = !isAsked;
  if (isAsked) await process.out('Enter unlock key: ');
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  process.echoes = true;
  if (isAsked) await process.out('\n');
  return text.split('\n')[0]!.trim();
}

export const SWARM: Commands = {
  'swarm init': [NONE, 'advertise-addr= availability= data-path-port= autolock force-new-cluster', init],
  'swarm join': [ONE, 'token= advertise-addr= availability=', join],
  'swarm join-token': [ONE, 'q,quiet rotate', joinToken],
  'swarm leave': [NONE, 'f,force', leave],
  'swarm update': [NONE, 'autolock task-history-limit=', update],
  'swarm unlock': [NONE, '', unlock],
  'swarm unlock-key': [NONE, 'q,quiet rotate', unlockKey],
};
