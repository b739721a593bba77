// What an engine is asked about the lock of its swarm: managers that lock themselves when they restart, and what opens them
// (https://docs.docker.com/engine/swarm/swarm_manager_locking/).
import type Docker from 'dockerode';
import type { Call, Engine } from './engine.ts';
import { inSequence } from './sequence.ts';

interface ApiSwarm {
  Version: { Index: number };
  Spec: { EncryptionConfig?: { AutoLockManagers?: boolean } };
}

export const lockCalls = (call: Call): Pick<Engine, 'updateSwarm' | 'unlockKey' | 'unlock'> => ({
  updateSwarm: ({ autolock }) =>
    call((docker) =>
      inSequence(async () => {
        const { Spec: spec, Version: version } = (await docker.swarmInspect()) as ApiSwarm;
        const wanted = { ...spec, EncryptionConfig: { ...spec.EncryptionConfig, AutoLockManagers: autolock } };
        await docker.swarmUpdate({ _query: { version: version.Index }, _body: wanted });
      }),
    ),
  unlockKey: () =>
    call(async (docker) => {
      const answer = await dial(docker, { path: '/swarm/unlockkey', method: 'GET' });
      return (answer as { UnlockKey: string }).UnlockKey;
    }),
  unlock: (key) =>
    call(async (docker) => {
      await dial(docker, { path: '/swarm/unlock', method: 'POST', options: { UnlockKey: key } });
    }),
});

/** dockerode has no words for these. */
const dial = ({ modem }: Docker, request: { path: string; method: string; options?: object }): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const done = (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer));
    modem.dial({ ...request, statusCodes: { 200: true } }, done);
  });
