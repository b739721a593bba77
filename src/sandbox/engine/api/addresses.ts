// Which address an engine advertises to its swarm.
import { EngineError } from '../errors.ts';
import type { Engine } from '../model/engine.ts';

/**
 * Turns `--advertise-addr` into an IP. A droplet has its public address and an anchor address on eth0 and its
 * VPC address on eth1; without a public one it has the VPC address alone, on eth0. By default the engine uses its configuration, and otherwise requires the option.
 */
export function advertisedAddress(engine: Engine, wanted: string | undefined): string {
  const { publicAddress, privateAddress } = engine.machine;
  const address = (wanted ?? '').replace(/:\d+$/, '');
  const vpc = publicAddress === '' ? 'eth0' : 'eth1';
  if (address === '' && publicAddress === '') return privateAddress;
  if (address === vpc || (address === '' && engine.swarmOnVpc)) return privateAddress;
  if (address === '') {
    throw new EngineError(
      400,
      `could not choose an IP address to advertise since this system has multiple addresses on different interfaces (${publicAddress} on eth0 and ${privateAddress} on eth1)`,
    );
  }
  if (address === 'eth0') {
    throw new EngineError(
      400,
      `interface eth0 has more than one IPv4 address (${publicAddress} and ${anchorOf(engine)})`,
    );
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address) && address !== '0.0.0.0') return address;
  throw new EngineError(
    400,
    'advertise address must be a non-zero IP address or network interface (with optional port number)',
  );
}

/** The second address that DigitalOcean puts on eth0. */
const anchorOf = ({ machine }: Engine): string => `10.15.${(machine.id >> 8) & 255}.${machine.id & 255}`;

/** The address for a join that names none: of the network in which the manager answers. */
export function addressTowards(engine: Engine, wanted: string | undefined, remotes: readonly string[]): string {
  if ((wanted !== undefined && wanted !== '') || engine.machine.publicAddress === '')
    return advertisedAddress(engine, wanted);
  const isPrivate = remotes.some((remote) => /^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(remote));
  return isPrivate ? engine.machine.privateAddress : engine.machine.publicAddress;
}

/** An interface is not looked for: that a droplet has eth0 and eth1 is enough. */
export function checkListenAddress(wanted: string): void {
  if (/^((\d+\.){3}\d+|eth[01]|lo)?(:\d+)?$/.test(wanted)) return;
  throw new EngineError(400, 'listen address must be an IP address or network interface (with optional port number)');
}
