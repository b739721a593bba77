// The words by which processes, links and addresses are made.
import { describe, expect, it } from 'vitest';
import { slot } from '../../../src/sandbox/engine-hosts/addresses.ts';
import { hardwareAddress } from '../../../src/sandbox/engine-hosts/boot.ts';
import type { Hierarchy } from '../../../src/sandbox/engine-hosts/cgroups.ts';
import { bound } from '../../../src/sandbox/engine-hosts/launch.ts';
import { inSwitch, machineLines, switchLines, vpcLines } from '../../../src/sandbox/engine-hosts/switch.ts';

const MEMORY: Hierarchy = { folder: '/sys/fs/cgroup/memory', version: 1, options: 'memory' };

describe('a droplet’s interface', () => {
  it('has a hardware address that anybody may give', () => {
    expect(hardwareAddress('198.18.255.10/19')).toBe('02:00:c6:12:ff:0a');
  });
});

describe('its processes', () => {
  it('end with the sandbox, by construction', () => {
    expect(bound([MEMORY], 'belt-x/outside', ['sleep', '9'])).toEqual([
      'sh',
      '-ec',
      'echo 0 > /sys/fs/cgroup/memory/belt-x/outside/cgroup.procs\nexec setpriv --pdeathsig KILL -- "$@"',
      'sh',
      'sleep',
      '9',
    ]);
  });
});

describe('the switch', () => {
  it('has a bridge for the public network and one a VPC; the machine gets one cable', () => {
    expect(switchLines(slot(1))).toEqual([
      'link set lo up',
      'link add public address 02:00:c6:12:20:01 type bridge',
      'addr add 198.18.32.1/19 dev public',
      'link set public up',
    ]);
    expect(vpcLines('vpc0', '10.104.16.0/20')).toEqual([
      'link add vpc0 address 02:00:0a:68:10:01 type bridge',
      'addr add 10.104.16.1/20 dev vpc0',
      'link set vpc0 up',
    ]);
    expect(machineLines(slot(1))).toEqual(['addr add 198.18.32.2/19 dev belt1', 'link set belt1 up']);
    expect(inSwitch(99, ['ip', 'link'])).toEqual(['nsenter', '--net=/proc/99/ns/net', '--', 'ip', 'link']);
  });
});
