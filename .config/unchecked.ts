// The last lines of a run: which tests were skipped, and how to have them run. Green is not to be read as more than it is.
import { relative } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** By the beginning of a file's path, the longer first. */
const WAYS: readonly [start: string, what: string, way: string][] = [
  ['test/unit/sandbox-hosts/docker-client', "by docker's own client", 'put one in the PATH'],
  ['test/contract/', "against DigitalOcean's API description", 'set BELT_OPENAPI to its openapi.json'],
  [
    'test/e2e/engine/fleet-clients',
    'by other clients of Docker',
    'on real engines, with docker-compose (or the compose plugin of docker) and python3-docker',
  ],
  ['test/e2e/engine/', 'on real engines', 'as root on Linux; what is missing: node bin/belt.js sandbox doctor'],
];

export class Unchecked implements Reporter {
  #vitest: Vitest | undefined;
  #lines: string[] = [];

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
    process.on('exit', () => {
      for (const line of this.#lines) process.stdout.write(`${line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // With a name on the command line all the others are skipped, as they should be.
    if (this.#vitest?.config.testNamePattern !== undefined) return;
    const root = this.#vitest?.config.root ?? '';
    const skipped = modules.map((module) => ({
      file: relative(root, module.moduleId).replaceAll('\\', '/'),
      count: [...module.children.allTests('skipped')].length,
    }));
    this.#lines = uncheckedLines(skipped);
  }
}

/** A line for those that one way would have run. */
export function uncheckedLines(skipped: readonly { file: string; count: number }[]): string[] {
  const counts = new Map<string, number>();
  for (const { file, count } of skipped.filter((one) => one.count > 0)) {
    const [, what, way] = WAYS.find(([start]) => file.startsWith(start)) ?? [];
    const words = what === undefined ? `in ${file} (this machine or user cannot run them)` : `${what} (${way})`;
    counts.set(words, (counts.get(words) ?? 0) + count);
  }
  return [...counts].map(([words, count]) => `not checked: ${count} ${count === 1 ? 'test' : 'tests'} ${words}`);
}
