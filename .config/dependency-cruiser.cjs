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
      to: { path: '^src/((main|cli|context|fleet)\\.ts$|cli/|fleet/)' },
    },
    {
      name: 'provision-below-commands',
      severity: 'error',
      comment: 'from names to droplets and from droplets to nothing: commands use it, and it uses the fleet',
      from: { path: '^src/(fleet(\\.ts$|/)|provision/)' },
      to: { path: '^src/(commands|cli)/' },
    },
    {
      name: 'fleet-below-provision',
      severity: 'error',
      from: { path: '^src/(fleet(\\.ts$|/)|patterns|config|cloud|ssh|engine|swarm|output|cluster)' },
      to: { path: '^src/provision/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
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
