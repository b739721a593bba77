// `npm run mutate ROOM`: small wrong changes in src/ROOM, each of which the unit and command tests should notice.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const [room, ...files] = process.argv.slice(2);
const rooms = readdirSync(`${root}src`, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);
if (!rooms.includes(room)) {
  console.error(`npm run mutate ROOM [FILE…]: ROOM is one of ${rooms.join(', ')}`);
  process.exit(2);
}
process.chdir(root);
/** Rooms that are tested by the words of commands more than one by one. */
const BY_COMMANDS = ['commands', 'provision', 'fleet', 'swarm', 'reconcile', 'known-clusters'];
process.env.MUTATE_TESTS = [
  `test/unit/${room}/**/*.test.ts`,
  ...(BY_COMMANDS.includes(room) ? ['test/commands/**/*.test.ts'] : []),
].join(' ');
const results = await new Stryker({
  mutate: files.length > 0 ? files.map((file) => `src/${room}/${file}`) : [`src/${room}/**/*.ts`],
  testRunner: 'vitest',
  vitest: { configFile: '.config/vitest.mutate.config.ts', related: true },
  // Reading texts aloud is for people: which words a message has is no behaviour of the code around it.
  mutator: { excludedMutations: ['StringLiteral'] },
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, skipFull: true },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 10_000,
  // The tests of commands take minutes when a machine is busy.
  dryRunTimeoutMinutes: 30,
  ignoreStatic: true,
  tempDirName: '.mutants',
  disableTypeChecks: false,
  checkers: [],
}).runMutationTest();
const survived = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage').length;
const all = results.filter(({ status }) => status !== 'Ignored' && status !== 'CompileError').length;
console.log(`${room}: ${survived} of ${all} mutants survived (${((100 * survived) / Math.max(1, all)).toFixed(1)} %)`);
