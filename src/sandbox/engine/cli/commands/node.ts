// `docker node …`.
import { managed } from '../../api/guard.ts';
import { nodeInspect, nodeList, nodeRemove, nodeUpdate } from '../../api/nodes.ts';
import { swarmInfo } from '../../api/system.ts';
import type { NodeJson, NodeSpec } from '../../model/node.ts';
import { type Call, type Commands, each, NONE, ONE, type Run, SOME } from '../command.ts';
import { byName, filtersOf, list, one, titled } from '../format.ts';

const ls: Run = (call) => {
  const self = swarmInfo(call.engine).NodeID;
  const rows = nodeList(call.engine, filtersOf(call))
    .sort((a, b) => byName(a.Description.Hostname, b.Description.Hostname))
    .map(({ ID, Description, Status, Spec, ManagerStatus }) => ({
      ID,
      Hostname: Description.Hostname,
      Status: titled(Status.State),
      Availability: titled(Spec.Availability),
      ManagerStatus: ManagerStatus?.Leader ? 'Leader' : titled(ManagerStatus?.Reachability ?? ''),
      EngineVersion: Description.Engine.EngineVersion,
      Self: ID === self,
    }));
  return list(call, 'ID Hostname Status Availability ManagerStatus EngineVersion', rows, (row) => ({
    ...row,
    ID: `${row['ID']} ${row['Self'] ? '*' : ' '}`,
  }));
};

const inspect: Run = (call) => {
  const { engine } = call;
  const nodes = call.args.map((name) => nodeInspect(engine, name === 'self' ? managed(engine).node.id : name));
  const format = call.text('format');
  if (format === undefined) return `${JSON.stringify(nodes, undefined, 4)}\n`;
  if (format === 'json') return `${JSON.stringify(nodes)}\n`;
  return nodes.map((node) => one(call, format, node)).join('');
};

const update: Run = (call) =>
  change(call, (spec) => {
    spec.Role = (call.text('role') ?? spec.Role) as NodeSpec['Role'];
    spec.Availability = (call.text('availability') ?? spec.Availability) as NodeSpec['Availability'];
    for (const label of call.all('label-add')) {
      const [key = '', value = ''] = label.split(/=(.*)/s);
      spec.Labels[key] = value;
    }
    for (const key of call.all('label-rm')) delete spec.Labels[key];
    return call.args[0]!;
  });

const toRole =
  (role: NodeSpec['Role'], done: (name: string) => string): Run =>
  (call) =>
    change(call, (spec, { ID }, name) => {
      if (spec.Role === role) return `Node ${ID} is already a ${role}.`;
      spec.Role = role;
      return done(name);
    });

const change = (call: Call, edit: (spec: NodeSpec, node: NodeJson, name: string) => string): Promise<string> =>
  each(call, (name) => {
    const node = nodeInspect(call.engine, name);
    const spec: NodeSpec = { ...node.Spec, Labels: { ...node.Spec.Labels } };
    const done = edit(spec, node, name);
    nodeUpdate(call.engine, node.ID, node.Version.Index, spec);
    return done;
  });

export const NODE: Commands = {
  'node ls': [NONE, 'q,quiet f,filter= format=', ls],
  'node inspect': [SOME, 'f,format=', inspect],
  'node update': [ONE, 'role= availability= label-add= label-rm=', update],
  'node promote': [SOME, '', toRole('manager', (name) => `Node ${name} promoted to a manager in the swarm.`)],
  'node demote': [SOME, '', toRole('worker', (name) => `Manager ${name} demoted in the swarm.`)],
  'node rm': [
    SOME,
    'f,force',
    (call) => each(call, (name) => nodeRemove(call.engine, name, { force: call.is('force') })),
  ],
};
