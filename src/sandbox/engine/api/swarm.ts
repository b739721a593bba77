// /swarm: init, join, leave, what it is, its tokens.
import { isIP } from 'node:net';
import { alreadyInSwarm, EngineError, onlyWorker, outOfSequence } from '../errors.ts';
import { swarmId } from '../ids.ts';
import type { Engine } from '../model/engine.ts';
import { createSwarm, joinSwarm } from '../model/membership.ts';
import { type Availability, TLS } from '../model/node.ts';
import type { Swarm } from '../model/swarm.ts';
import { addressTowards, advertisedAddress, checkListenAddress } from './addresses.ts';
import { managed } from './guard.ts';
import { checkAvailability } from './nodes.ts';

export interface InitBody {
  ListenAddr?: string;
  AdvertiseAddr?: string | undefined;
  ForceNewCluster?: boolean;
  Availability?: Availability | '';
  DefaultAddrPool?: string[] | null;
  SubnetSize?: number;
  DataPathPort?: number | undefined;
  Spec?: SpecBody;
}

/** The part of a swarm's spec that the sandbox keeps. */
interface SpecBody {
  Orchestration?: { TaskHistoryRetentionLimit?: number };
  EncryptionConfig?: { AutoLockManagers?: boolean };
}

export interface JoinBody {
  RemoteAddrs?: string[];
  JoinToken?: string | undefined;
  ListenAddr?: string;
  AdvertiseAddr?: string | undefined;
  Availability?: Availability | '';
}

/** `POST /swarm/init`: the new node's id. */
export function swarmInit(engine: Engine, body: InitBody): string {
  const { membership } = engine;
  if (body.ForceNewCluster === true && membership?.swarm !== undefined && membership.node !== undefined) {
    if (membership.state === 'locked') throw onlyWorker();
    membership.swarm.takeOver(membership.node);
    return membership.node.id;
  }
  if (membership !== undefined) throw alreadyInSwarm();
  const availability = checkAvailability(body.Availability || 'active');
  const address = advertisedAddress(engine, body.AdvertiseAddr);
  checkListenAddress(body.ListenAddr ?? '');
  const pool = body.DefaultAddrPool ?? [];
  const subnetBits = body.SubnetSize || 24;
  if (pool.length > 0) checkPool(pool, subnetBits);
  checkDataPathPort(body.DataPathPort || 4789);
  const swarm = createSwarm(engine, address, availability);
  if (pool.length > 0) Object.assign(swarm, { addressPool: pool, subnetBits });
  swarm.dataPathPort = body.DataPathPort || swarm.dataPathPort;
  setSpec(swarm, body.Spec ?? {});
  return engine.membership!.node!.id;
}

/** As moby has it (daemon/cluster/listen_addr.go, validateDefaultAddrPool). */
function checkPool(pool: readonly string[], subnetBits: number): void {
  if (subnetBits > 29) throw new EngineError(500, `subnet size is out of range: ${subnetBits}`);
  for (const range of pool) {
    const [address = '', bits = ''] = range.split('/');
    if (isIP(address) === 0 || !/^\d+$/.test(bits)) {
      throw new EngineError(500, `invalid base pool ${range}: invalid CIDR address: ${range}`);
    }
    if (Number(bits) <= subnetBits) continue;
    throw new EngineError(500, `invalid CIDR: "${range}". Subnet size is too small for pool: ${subnetBits}`);
  }
}

function checkDataPathPort(port: number): void {
  if (port >= 1024 && port <= 49_151) return;
  throw new EngineError(500, `Datapath port number is not in valid range (1024-49151) : ${port}`);
}

/** What is no pointer in the engine's own spec is off where it is not said. */
function setSpec(swarm: Swarm, { Orchestration, EncryptionConfig }: SpecBody): void {
  swarm.taskHistoryLimit = Orchestration?.TaskHistoryRetentionLimit ?? swarm.taskHistoryLimit;
  swarm.autolock = EncryptionConfig?.AutoLockManagers ?? false;
}

export async function swarmJoin(engine: Engine, body: JoinBody): Promise<void> {
  if (engine.membership !== undefined) throw alreadyInSwarm();
  const remotes = (body.RemoteAddrs ?? []).filter((remote) => remote !== '');
  if (remotes.length === 0) throw new EngineError(400, 'at least 1 RemoteAddr is required to join');
  await joinSwarm(engine, {
    remotes: remotes.map((remote) => (/:\d+$/.test(remote) ? remote : `${remote}:2377`)),
    token: body.JoinToken ?? '',
    address: addressTowards(engine, body.AdvertiseAddr, remotes),
    availability: checkAvailability(body.Availability || 'active'),
  });
}

/** `GET /swarm`, with the join tokens. */
export function swarmInspect(engine: Engine) {
  const { swarm } = managed(engine);
  return {
    ...clusterJson(swarm),
    JoinTokens: { Worker: swarm.token('worker'), Manager: swarm.token('manager') },
  };
}

export interface SwarmUpdate {
  version: number;
  rotateWorkerToken: boolean;
  rotateManagerToken: boolean;
  rotateManagerUnlockKey: boolean;
  spec: SpecBody;
}

export function swarmUpdate(engine: Engine, update: SwarmUpdate): void {
  const { swarm } = managed(engine);
  if (update.version !== swarm.version) {
    throw outOfSequence();
  }
  const { random } = swarm.world;
  if (update.rotateWorkerToken) swarm.secrets.worker = swarmId(random);
  if (update.rotateManagerToken) swarm.secrets.manager = swarmId(random);
  if (update.rotateManagerUnlockKey) swarm.rotateUnlockKey();
  setSpec(swarm, update.spec);
  swarm.touch(swarm);
}

export const swarmUnlockKey = (engine: Engine) => ({ UnlockKey: managed(engine).swarm.unlockKey ?? '' });

/** The cluster without its secrets: what `info` shows of it. */
export function clusterJson(swarm: Swarm) {
  return {
    ID: swarm.id,
    Version: { Index: swarm.version },
    CreatedAt: swarm.createdAt,
    UpdatedAt: swarm.updatedAt,
    Spec: {
      Name: 'default',
      Labels: {},
      Orchestration: { TaskHistoryRetentionLimit: swarm.taskHistoryLimit },
      Raft: {
        SnapshotInterval: 10_000,
        KeepOldSnapshots: 0,
        LogEntriesForSlowFollowers: 500,
        ElectionTick: 10,
        HeartbeatTick: 1,
      },
      Dispatcher: { HeartbeatPeriod: 5_000_000_000 },
      CAConfig: { NodeCertExpiry: 7_776_000_000_000_000 },
      TaskDefaults: {},
      EncryptionConfig: { AutoLockManagers: swarm.autolock },
    },
    TLSInfo: TLS,
    RootRotationInProgress: false,
    DefaultAddrPool: swarm.addressPool,
    SubnetSize: swarm.subnetBits,
    DataPathPort: swarm.dataPathPort,
  };
}
