// The calls about a swarm's autolock: managers that lock themselves when they restart, and the key that unlocks them
// (https://docs.docker.com/engine/swarm/swarm_manager_locking/).
import { apiSwarm, apiUnlockKey, checked } from './answers.ts';
import { dial } from './dial.ts';
import type { Call, Engine } from './model.ts';
import { inSequence } from './sequence.ts';

export const lockCalls = (call: Call): Pick<Engine, 'updateSwarm' | 'unlockKey' | 'unlock'> => ({
  updateSwarm: ({ autolock }) =>
    call((docker, name) =>
      inSequence(async () => {
        const { Spec: spec, Version: version } = checked(name, apiSwarm, await docker.swarmInspect());
        const wanted = { ...spec, EncryptionConfig: { ...spec.EncryptionConfig, AutoLockManagers: autolock } };
        await docker.swarmUpdate({ _query: { version: version.Index }, _body: wanted });
      }),
    ),
  unlockKey: () =>
    call(async (docker, name) => {
      const answer = await dial(docker, { path: '/swarm/unlockkey', method: 'GET' });
      return checked(name, apiUnlockKey, answer).UnlockKey;
    }),
  unlock: (key) =>
    call(async (docker) => {
      await dial(docker, { path: '/swarm/unlock', method: 'POST', options: { UnlockKey: key } });
    }),
});
