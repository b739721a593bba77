// The same script on both kinds of host prints the same, once ids, times and addresses are masked: the simulation cannot
// drift into fiction. What is not compared, and why:
// - What the simulation refuses by name: words/refused.txt. That it does is tested here.
// - `--advertise-addr eth0`: a droplet of DigitalOcean has a second address there, an engine host has not.
// - `docker load` of what is no image's archive: its errors changed with nearly every version.
// - A service's image that is looked up in a registry: none can be reached here (--no-resolve-image).
// - Where the scheduler puts a task that could go to several nodes.
import { afterAll, expect, it } from 'vitest';
import { ENGINE } from '../../../src/sandbox/engine/version.ts';
import { until } from '../probe.ts';
import { type World, world } from '../world.ts';
import { CLIENT, engineVersion, newerClient, putClient } from './client.ts';
import { act } from './deeds.ts';
import { differences } from './differences.ts';
import { engineWorld, onEngines } from './engine.ts';
import { looks, type Step } from './lines.ts';
import { locked, turnedOn } from './locks.ts';
import { birth, script } from './script.ts';
import { renewed } from './since.ts';
import { type Said, transcript } from './transcript.ts';

const worlds: World[] = [];
afterAll(async () => {
  await Promise.all(worlds.map((w) => w.end()));
});

/** Takes a world through its life, and writes down what is said. */
type Life = (tell: (script: readonly Step[]) => Promise<Said[]>, world: World) => Promise<Said[]>;

async function simulated(birth: readonly Step[], life: Life): Promise<Said[]> {
  const w = world();
  worlds.push(w);
  await w.sandbox();
  return [...(await transcript(w, birth)), ...(await life((script) => transcript(w, script), w))];
}

async function real(birth: readonly Step[], life: Life, client: string): Promise<Said[]> {
  const w = await engineWorld();
  worlds.push(w);
  const born = await transcript(w, birth);
  const version = await engineVersion(w);
  await putClient(w, client);
  const read = (text: string) => renewed(text.replaceAll(version, ENGINE.version), version);
  return [...born, ...(await life((script) => transcript(w, script, { read }), w))];
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
      const life: Life = (tell) => tell(script);
      const [said, truth] = await Promise.all([simulated(birth, life), real(birth, life, client!)]);
      expect(differences(said, truth)).toBe('');
      expect(said.length).toBe(truth.length);
    },
    400_000,
  );

  it.skipIf(client === undefined)(
    'prints the same of engines with labels, and of managers that lock themselves',
    async () => {
      const life: Life = async (tell, w) => {
        const before = await tell(turnedOn);
        await act(w, 'node1', 'reboot');
        await until('node1 is locked', async () => {
          const { stdout } = await w.belt('docker info --format {{.Swarm.LocalNodeState}}');
          return stdout === 'locked\n';
        });
        return [...before, ...(await tell(locked))];
      };
      const labels = `echo 'cluster: {engine: {labels: {tier: web}}}' >> .belt.yaml`;
      const one = [labels, 'belt create 512mb node1', 'belt active node1'];
      const [said, truth] = await Promise.all([simulated(one, life), real(one, life, client!)]);
      expect(differences(said, truth)).toBe('');
      expect(said.length).toBe(truth.length);
    },
    120_000,
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
