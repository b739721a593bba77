import { expect, test } from 'vitest';
import { portName } from '../../../src/cluster/firewall.ts';
import { portsIn } from '../../../src/commands/firewall/ports.ts';

test('a port that was typed twice counts once, however it was written', () => {
  expect(portsIn(['80', '443', '80/tcp', '53/udp', '80']).map(portName)).toEqual(['80/tcp', '443/tcp', '53/udp']);
});
