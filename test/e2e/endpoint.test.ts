// An endpoint as a process, while others create and delete nodes beside it.
import http from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/probe.ts';
import { type World, world } from './world.ts';

const w: World = world();
beforeAll(async () => {
  await w.sandbox();
  await must('create 512mb node[1:2]');
});
afterAll(() => w.end());

async function must(words: string): Promise<void> {
  const { code, stderr } = await w.belt(words);
  if (code !== 0) throw new Error(stderr);
}

const socketPath = join(w.cwd, 'fleet.sock');

/** The parts of the Docker there, as `docker version` has them. */
const nodes = (): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path: '/version', agent: false }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => {
        const { Components } = JSON.parse(text) as { Components: { Name: string }[] };
        resolve(Components.map(({ Name }) => Name));
      });
    });
    request.on('error', reject);
  });

it('shows a node that another belt creates, until another belt removes it, and ends as before', async () => {
  const { child, outcome, so } = w.start('endpoint --socket fleet.sock');
  await until('it is open', () => so().stdout.endsWith('\n'));
  await must('create 512mb node3');
  await until('node3 is there', async () => (await nodes()).includes('node3'));
  await must('rm -y node3');
  await until('node3 is gone', async () => !(await nodes()).includes('node3'));
  expect(await nodes()).toEqual(['node1', 'node2']);
  child.kill('SIGINT');
  const { code, stderr } = await outcome;
  expect(code).toBe(130);
  expect(stderr).toContain('node3 joined\n');
  expect(stderr).toContain('node3 is gone: its droplet is no longer in the cluster\n');
});
