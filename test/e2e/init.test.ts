// belt init with a person at the terminal: typed as it is asked, and typed ahead.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { terminal } from './terminal.ts';
import { type World, world } from './world.ts';

const w: World = world();
beforeAll(() => w.sandbox());
afterAll(() => w.end());

function folder(name: string): string {
  const path = join(w.home, name);
  mkdirSync(path);
  return path;
}

it('asks one question after another, and ends with the plan of what it wrote', async () => {
  const cwd = folder('shop');
  const at = terminal(w, `cd ${cwd} && stty -a > ../before; belt init --workers 1; echo code $?; stty -a > ../after`);
  const answers: [string, string][] = [
    ['Name of the cluster [shop]: ', '\r'],
    ['Region, by number or slug [nyc3]: ', 'sgp\r'],
    ['there is no region "sgp"; did you mean sgp1?', 'sgp1\r'],
    ['[s-1vcpu-1gb]: ', '1\r'],
    ['[ubuntu-24-04-x64]: ', '\r'],
    ['[3]: ', '1\r'],
    ['[own]: ', '\r'],
    ['[anywhere]: ', '203.0.113.7\r'],
  ];
  for (const [question, answer] of answers) {
    await at.shows(question);
    at.type(answer);
  }
  await at.shows('code 0');
  await at.ended;
  expect(at.screen()).toContain('\x1b[32m+\x1b[39m shop-manager1   manager   s-1vcpu-512mb-10gb');
  expect(at.screen()).toMatch(/then run belt\s+up/);
  const text = readFileSync(join(cwd, '.belt.yaml'), 'utf8');
  expect(text).toMatch(/^ {4}ssh_from: \["203\.0\.113\.7\/32"\]/m);
  const [before, after] = ['before', 'after'].map((name) => readFileSync(join(w.home, name), 'utf8'));
  expect(after).toBe(before);
});

it('takes what was typed ahead, line by line', async () => {
  const cwd = folder('ahead');
  const at = terminal(w, `cd ${cwd} && belt init --region sgp1 --size 1gb --image ubuntu-24-04-x64; echo code $?`);
  at.type('blog\r1\r0\r\r\r');
  await at.shows('code 0');
  expect(readFileSync(join(cwd, '.belt.yaml'), 'utf8')).toContain('{nodes: "blog-manager1"}');
});

it.each([
  ['Ctrl-C', '\x03', 130],
  ['Ctrl-D', '\x04', 1],
])('%s at a question writes nothing', async (_name, key, code) => {
  const cwd = folder(`end-${code}`);
  const at = terminal(w, `cd ${cwd} && belt init; echo code $?`);
  await at.shows('Name of the cluster');
  at.type(key);
  await at.shows(`code ${code}`);
  expect(readdirSync(cwd)).toEqual([]);
});
