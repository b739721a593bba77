import { describe, expect, test } from 'vitest';
import { init } from '../../../src/swarm/init.ts';
import { said } from '../cloud/things.ts';
import { FakeSwarm, inSwarm, OUT } from './fake-swarm.ts';

describe('the first manager', () => {
  test('is made with its address in the VPC, and networks beside that', async () => {
    const swarm = new FakeSwarm();
    expect(await init(swarm.node('n1'))).toEqual({ nodeId: 'id-n1', already: false });
    expect(swarm.did).toEqual(['n1 init 10.0.0.1 10.200.0.0/13']);
  });

  test('in a VPC where these would be has others', async () => {
    const swarm = new FakeSwarm();
    await init({ ...swarm.node('n1'), privateAddress: '10.207.255.2' });
    expect(swarm.did).toEqual(['n1 init 10.207.255.2 10.208.0.0/13']);
  });

  test('has the networks that are named', async () => {
    const swarm = new FakeSwarm();
    await init(swarm.node('n1'), { defaultAddrPool: ['10.20.0.0/16', '10.21.0.0/16'] });
    expect(swarm.did).toEqual(['n1 init 10.0.0.1 10.20.0.0/16,10.21.0.0/16']);
  });

  test('that is one already is left alone', async () => {
    const swarm = new FakeSwarm();
    expect(await init(swarm.manager)).toEqual({ nodeId: 'id-m1', already: true });
    expect(swarm.did).toEqual([]);
  });

  test('is a worker elsewhere', async () => {
    const node = new FakeSwarm().node('n1', { states: [inSwarm('n1', 'worker')] });
    expect(await said(init(node))).toBe(
      'n1 is a worker of a swarm, not a manager\nname one of its managers, or: belt --host n1 docker swarm leave',
    );
  });

  test.each([
    ['locked', '', 'n1 is in a swarm that is locked\nsee: belt --host n1 docker info'],
    [
      'error',
      'certificate expired',
      'n1 is in a swarm that is error: certificate expired\nsee: belt --host n1 docker info',
    ],
    ['pending', '', 'n1 is in a swarm that is pending\nsee: belt --host n1 docker info'],
  ] as const)('its swarm is %s', async (state, error, text) => {
    expect(await said(init(new FakeSwarm().node('n1', { states: [{ ...OUT, state, error }] })))).toBe(text);
  });

  test('has no private address', async () => {
    const swarm = new FakeSwarm();
    expect(await said(init({ ...swarm.node('n1'), privateAddress: undefined }))).toBe(
      'n1 has no private address for the swarm\na droplet gets one in its VPC when it is created; recreate it',
    );
    expect(swarm.did).toEqual([]);
  });
});
