// The same script on both kinds of host prints the same, once ids, times and addresses are masked: the simulation cannot
// drift into fiction. What is not compared, and why:
// - What the simulation refuses by name: words/refused.txt. That it does is tested here.
// - `--advertise-addr eth0`: a droplet of DigitalOcean has a second address there, an engine host has not.
// - `docker load` of what is no image's archive: its errors changed with nearly every version.
// - A service's image that is looked up in a registry: none can be reached here (--no-resolve-image).
// - Where the scheduler puts a task that could go to several nodes.
import { afterAll, expect, it } from 'vitest';
import { ENGINE } from '../../../src/sandbox/engine/version.ts';
import { type World, world } from '../world.ts';
import { CLIENT, engineVersion, newerClient, putClient } from './client.ts';
import { differences } from './differences.ts';
import { engineWorld, onEngines } from './engine.ts';
import { looks } from './lines.ts';
import { birth, script } from './script.ts';
import { renewed } from './since.ts';
import { type Said, transcript } from './transcript.ts';

const worlds: World[] = [];
afterAll(async () => {
  await Promise.all(worlds.map((w) => w.end()));
});

async function simulated(): Promise<Said[]> {
  const w = world();
  worlds.push(w);
  await w.sandbox();
  return await transcript(w, [...birth, ...script]);
}

async function real(client: string): Promise<Said[]> {
  const w = await engineWorld();
  worlds.push(w);
  const born = await transcript(w, birth);
  const version = await engineVersion(w);
  await putClient(w, client);
  const read = (text: string) => renewed(text.replaceAll(version, ENGINE.version), version);
  return [...born, ...(await transcript(w, script, { read }))];
}

onEngines('the same script on both kinds of host', async () => {
  const client = await newerClient();
  if (client === undefined) {
    process.stderr.write(
      `skipped: the same script on both kinds of host (no docker client of ${CLIENT} or newer in the PATH)\n`,
    );
  }

  it.skipIf(client === undefined)(
    'prints the same',
    async () => {
      const [said, truth] = await Promise.all([simulated(), real(client!)]);
      expect(differences(said, truth)).toBe('');
      expect(said.length).toBe(truth.length);
    },
    400_000,
  );
});

onEngines('what the simulation cannot do', () => {
  it('is refused by name', async () => {
    const w = world();
    worlds.push(w);
    await w.sandbox();
    const told = await transcript(w, [...birth, looks('refused', 'node1')]);
    for (const { line, code, stderr } of told.slice(birth.length)) {
      expect({ line, code, stderr }).toEqual({
        line,
        code: 125,
        stderr: expect.stringMatching(/^docker: '.*' is not simulated by this sandbox\n$/),
      });
    }
  });
});
