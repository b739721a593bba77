const { readFileSync } = require('node:fs');
const { join } = require('node:path');

// The walls of the house (docs/design.md §2): which room may import which.
const rooms = [
  'model',
  'patterns',
  'config',
  'cloud',
  'ssh',
  'engine',
  'endpoint',
  'fleet-api',
  'keeper',
  'swarm',
  'output',
  'sandbox',
  'cluster',
  'compose',
  'commands',
];
const may = {
  model: [],
  patterns: ['model'],
  output: ['model', 'config', 'patterns'],
  config: ['model', 'patterns', 'output'],
  cloud: ['model', 'config', 'output', 'patterns'],
  ssh: ['model', 'config', 'output'],
  engine: ['model', 'ssh', 'config', 'output'],
  endpoint: ['model', 'ssh', 'engine', 'output'],
  'fleet-api': ['model', 'engine', 'endpoint'],
  keeper: ['model', 'ssh', 'config', 'engine', 'endpoint', 'output'],
  swarm: ['model', 'engine', 'config', 'output'],
  sandbox: [],
  cluster: ['model', 'config', 'patterns'],
  compose: ['model', 'config', 'patterns', 'output'],
  commands: rooms,
};
/** The files of commands, as the index lists them. */
const index = readFileSync(join(__dirname, '../src/commands/index.ts'), 'utf8');
const COMMANDS = [...index.matchAll(/import\('\.\/(.*?)'\)/g)].map(([, file]) => file.replace('.', '\\.'));

/** Rooms that know the Context: each may import those before it, and all of the above. */
const ABOVE = [
  'descriptions',
  'fleet',
  'copy',
  'known-clusters',
  'provision',
  'reconcile',
  'images',
  'registry',
  'stack',
  'tasks',
];

module.exports = {
  forbidden: [
    ...Object.entries(may).map(([room, others]) => ({
      name: `${room}-walls`,
      severity: 'error',
      comment: `src/${room} may import only ${[...others, 'errors.ts'].join(', ')}`,
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${rooms.filter((r) => r !== room && !others.includes(r)).join('|') || '$none'})/` },
    })),
    {
      name: 'rooms-not-the-hall',
      severity: 'error',
      comment:
        'a room knows errors.ts, text helpers and itself; only commands/ and main.ts know the Context and cli.ts',
      from: {
        path: '^src/(model|patterns|config|cloud|ssh|engine|endpoint|fleet-api|keeper|swarm|output|sandbox|cluster|compose)/',
      },
      to: {
        path: '^src/((main|cli|context|agree)\\.ts$|(cli|descriptions|fleet|copy|known-clusters|provision|reconcile|images|registry|stack|tasks)/)',
      },
    },
    ...ABOVE.map((room, n) => ({
      name: `${room}-below-those-after-it`,
      severity: 'error',
      comment: `with the Context at hand, from left to right: ${ABOVE.join(', ')}, commands`,
      from: { path: `^src/${room}(\\.ts$|/)` },
      to: { path: `^src/(${[...ABOVE.slice(n + 1), 'commands', 'cli'].join('|')})(\\.ts$|/)` },
    })),
    {
      name: 'no-command-imports-another',
      severity: 'error',
      comment: 'what two commands need belongs to a room, or to a file of their group that is no command',
      from: { path: '^src/', pathNot: '^src/commands/index\\.ts$' },
      to: { path: `^src/commands/(${COMMANDS.join('|')})$` },
    },
    {
      name: 'no-group-imports-another',
      severity: 'error',
      from: { path: '^src/commands/([^/.]+)', pathNot: '^src/commands/index\\.ts$' },
      to: { path: '^src/commands/', pathNot: '^src/commands/$1(/|\\.ts$)' },
    },
    { name: 'src-sees-no-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench|bin|dist)/' } },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'types count too; what the Context loads when it is asked for does not',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
