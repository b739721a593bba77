// `docker node ls`, `inspect`, `update`, `promote`, `demote`, `rm`.

import { managed } from '../../api/guard.ts';
import { nodeInspect, nodeList, nodeRemove, nodeUpdate } from '../../api/nodes.ts';
import { swarmInfo } from '../../api/system.ts';
import { EngineError } from '../../errors.ts';
import type { Engine } from '../../model/engine.ts';
import type { NodeJson, NodeSpec, Role } from '../../model/node.ts';
import { NODE } from '../format/goTypes.ts';
import { isTable, listing } from '../format/list.ts';
import { prettyNode } from '../format/prettyNode.ts';
import { byName } from '../format/table.ts';
import { titled } from '../format/template.ts';
import { atLeast, type Command, exactly, Failure, type Invocation, none } from '../framework/command.ts';
import { told } from '../framework/told.ts';
import { inspectCommand } from './inspect.ts';
import { filtersOf } from './shared.ts';

const ls: Command = {
  ...told('node ls'),
  aliases: ['node list'],
  arity: none,
  async run({ engine, process, values }) {
    const nodes = nodeList(engine, filtersOf(values));
    nodes.sort((a, b) => byName(a.Description.Hostname, b.Description.Hostname));
    if (values.is('quiet')) {
      await process.out(nodes.map(({ ID }) => `${ID}\n`).join(''));
      return 0;
    }
    const self = swarmInfo(engine).NodeID;
    const format = values.text('format');
    const rows = nodes.map((node) => rowOf(node, self, isTable(format)));
    await process.out(listing({ titles, columns, rows, type: '*node.nodeContext' }, format));
    return 0;
  },
};

const columns = ['ID', 'Hostname', 'Status', 'Availability', 'ManagerStatus', 'EngineVersion'];
const titles = {
  ID: 'ID',
  Hostname: 'HOSTNAME',
  Status: 'STATUS',
  Availability: 'AVAILABILITY',
  ManagerStatus: 'MANAGER STATUS',
  EngineVersion: 'ENGINE VERSION',
  TLSStatus: 'TLS STATUS',
  Self: 'SELF',
};

function rowOf(node: NodeJson, self: string, marked: boolean) {
  const manager = node.ManagerStatus;
  const status = manager?.Leader === true ? 'Leader' : titled(manager?.Reachability ?? '');
  return {
    ID: marked ? `${node.ID} ${node.ID === self ? '*' : ' '}` : node.ID,
    Hostname: node.Description.Hostname,
    Status: titled(node.Status.State),
    Availability: titled(node.Spec.Availability),
    ManagerStatus: status,
    EngineVersion: node.Description.Engine.EngineVersion,
    TLSStatus: 'Ready',
    Self: node.ID === self,
  };
}

/** The node of a name, where `self` is this engine's own. */
function nodeOf(engine: Engine, name: string): NodeJson {
  return nodeInspect(engine, name === 'self' ? swarmInfo(engine).NodeID || managed(engine).node.id : name);
}

const inspect = inspectCommand('node inspect', {
  get: nodeOf,
  pretty: (engine, name) => prettyNode(nodeOf(engine, name)),
  type: NODE,
  refusal: 'cannot supply extra formatting options to the pretty template',
});

/** Changes nodes one after the other; the first that is refused ends it. */
async function change(
  { engine, process, args }: Invocation,
  edit: (spec: NodeSpec, node: NodeJson) => string | undefined,
  done: (name: string) => string,
): Promise<number> {
  for (const name of args) {
    const node = nodeInspect(engine, name);
    const spec: NodeSpec = { ...node.Spec, Labels: { ...node.Spec.Labels } };
    const unchanged = edit(spec, node);
    if (unchanged !== undefined) {
      await process.out(unchanged);
      continue;
    }
    nodeUpdate(engine, node.ID, node.Version.Index, spec);
    await process.out(done(name));
  }
  return 0;
}

const update: Command = {
  ...told('node update'),
  arity: exactly(1),
  run: (invocation) =>
    change(
      invocation,
      (spec) => editSpec(spec, invocation),
      (name) => `${name}\n`,
    ),
};

function editSpec(spec: NodeSpec, { values, args }: Invocation): undefined {
  spec.Role = (values.text('role') as Role | undefined) ?? spec.Role;
  spec.Availability = (values.text('availability') as NodeSpec['Availability'] | undefined) ?? spec.Availability;
  for (const label of values.all('label-add')) {
    const [key = '', value = ''] = label.split(/=(.*)/s);
    spec.Labels[key] = value;
  }
  for (const key of values.all('label-rm')) {
    if (spec.Labels[key] === undefined) throw new Failure(`key ${key} doesn't exist in node's labels`);
    delete spec.Labels[key];
  }
  void args;
}

function roleCommand(verb: 'promote' | 'demote', role: Role, done: (name: string) => string): Command {
  return {
    ...told(`node ${verb}`),
    arity: atLeast(1),
    run: (invocation) =>
      change(
        invocation,
        (spec, node) => {
          if (spec.Role === role) return `Node ${node.ID} is already a ${role}.\n`;
          spec.Role = role;
          return undefined;
        },
        done,
      ),
  };
}

const rm: Command = {
  ...told('node rm'),
  aliases: ['node remove'],
  arity: atLeast(1),
  async run({ engine, process, values, args }) {
    const faults: string[] = [];
    for (const name of args) {
      try {
        nodeRemove(engine, name, { force: values.is('force') });
        await process.out(`${name}\n`);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        faults.push(`Error response from daemon: ${error.message}`);
      }
    }
    if (faults.length > 0) throw new Failure(faults.join('\n'));
    return 0;
  },
};

export const nodeCommands: Command[] = [
  ls,
  inspect,
  update,
  roleCommand('promote', 'manager', (name) => `Node ${name} promoted to a manager in the swarm.\n`),
  roleCommand('demote', 'worker', (name) => `Manager ${name} demoted in the swarm.\n`),
  rm,
];
