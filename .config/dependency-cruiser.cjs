const { readFileSync } = require('node:fs');
const { join } = require('node:path');

// The walls of the house (docs/design.md §2): which room may import which.
const rooms = ['patterns', 'config', 'cloud', 'ssh', 'engine', 'swarm', 'output', 'sandbox', 'cluster', 'commands'];
const may = {
  patterns: [],
  output: ['config', 'patterns'],
  config: ['patterns', 'output'],
  cloud: ['config', 'output', 'patterns'],
  ssh: ['config', 'output'],
  engine: ['ssh', 'config', 'output'],
  swarm: ['engine', 'config', 'output'],
  sandbox: [],
  cluster: ['config', 'patterns'],
  commands: rooms,
};
/** The files of commands, as the index lists them. */
const index = readFileSync(join(__dirname, '../src/commands/index.ts'), 'utf8');
const COMMANDS = [...index.matchAll(/import\('\.\/(.*?)'\)/g)].map(([, file]) => file.replace('.', '\\.'));

/** Rooms that know the Context: each may import those before it, and all of the above. */
const ABOVE = ['fleet', 'known-clusters', 'provision', 'reconcile'];

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
      from: { path: '^src/(patterns|config|cloud|ssh|engine|swarm|output|sandbox|cluster)/' },
      to: { path: '^src/((main|cli|context|fleet|agree)\\.ts$|(cli|fleet|known-clusters|provision|reconcile)/)' },
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
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'types count too; what the Context loads when it is asked for does not',
      from: { pathNot: '^src/sandbox/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['dynamic-import'] } },
    },
    {
      name: 'no-cycles-in-the-sandbox',
      severity: 'error',
      comment: 'but for types: the simulated engine’s parts know each other’s',
      from: { path: '^src/sandbox/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
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
