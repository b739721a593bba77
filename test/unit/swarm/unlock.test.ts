import { expect, test } from 'vitest';
import { EngineError } from '../../../src/engine/engine.ts';
import { unlock } from '../../../src/swarm/unlock.ts';
import { FakeSwarm } from './fake-swarm.ts';

function locked(refusal?: Error) {
  const swarm = new FakeSwarm();
  const member = swarm.node('m2');
  if (refusal) member.engine.unlock = () => Promise.reject(refusal);
  return { swarm, member };
}

test('gives the key to the engine', async () => {
  const { swarm, member } = locked();
  await unlock(member, 'the-key');
  expect(swarm.did).toEqual(['m2 unlock the-key']);
});

test('one that somebody opened meanwhile is left as it is', async () => {
  const { member } = locked(new EngineError('m2', 409, 'swarm is not locked'));
  await expect(unlock(member, 'the-key')).resolves.toBeUndefined();
});

test.each([
  [400, 'invalid key string'],
  [401, 'swarm could not be unlocked: invalid key provided'],
])('a key that does not open it (%i) is not in the error', async (status, message) => {
  const { member } = locked(new EngineError('m2', status, message));
  await expect(unlock(member, 'the-key')).rejects.toMatchObject({
    message: "m2 is locked, and the swarm's current key does not unlock it",
    hint: 'unlock it with the key from before its restart: belt --host m2 docker swarm unlock',
  });
});

test('what else goes wrong is passed on', async () => {
  const lost = new EngineError('m2', 0, 'its Docker engine does not answer: gone');
  await expect(unlock(locked(lost).member, 'the-key')).rejects.toBe(lost);
});
