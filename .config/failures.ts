// Writes which files failed, and what in them, to where `BELT_TEST_FAILURES` says: `.config/test.mjs` may run them once more.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import type { FailedFile, Failures } from './once-more.mjs';

export class FailuresReporter implements Reporter {
  readonly #path: string | undefined;
  #root = '';

  constructor(path = process.env['BELT_TEST_FAILURES']) {
    this.#path = path;
  }

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly OutsideError[]): void {
    if (this.#path !== undefined) writeFileSync(this.#path, JSON.stringify(failuresOf(modules, errors, this.#root)));
  }
}

/** An error that no test caught. Vitest adds the file that ran then, where it knows it. */
export interface OutsideError {
  message: string;
  VITEST_TEST_PATH?: string;
}

/** What failed in a run, by file; and the errors of which nobody knows whose they are. */
export function failuresOf(
  modules: readonly Pick<TestModule, 'moduleId' | 'project' | 'ok' | 'errors' | 'children'>[],
  errors: readonly OutsideError[],
  root: string,
): Failures {
  const files: FailedFile[] = [];
  const nobodys = errors.filter(({ VITEST_TEST_PATH: path }) => modules.every(({ moduleId }) => moduleId !== path));
  for (const module of modules) {
    const outside = errors.filter(({ VITEST_TEST_PATH: path }) => path === module.moduleId);
    if (module.ok() && outside.length === 0) continue;
    const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
    files.push({
      project: module.project.name,
      file: relative(root, module.moduleId).replaceAll('\\', '/'),
      tests: [
        ...(module.errors().length > 0 ? ['the file itself'] : []),
        ...suites.map((suite) => `before or after ${suite.fullName}`),
        ...[...module.children.allTests('failed')].map((test) => test.fullName),
        ...outside.map(({ message }) => `outside its tests: ${message.split('\n')[0]}`),
      ],
    });
  }
  return { files, errors: nobodys.map(({ message }) => message.split('\n')[0]!) };
}
