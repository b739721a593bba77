// `docker service ls` and `inspect`.

import { serviceInspect, serviceList } from '../../api/services.ts';
import { listing } from '../format/list.ts';
import { prettyService } from '../format/prettyService.ts';
import { byName } from '../format/table.ts';
import { type Command, flag, list, none, text } from '../framework/command.ts';
import { inspectCommand } from './inspect.ts';
import { filtersOf, withoutDigest } from './shared.ts';

const columns = ['ID', 'Name', 'Mode', 'Replicas', 'Image', 'Ports'];
const titles = { ID: 'ID', Name: 'NAME', Mode: 'MODE', Replicas: 'REPLICAS', Image: 'IMAGE', Ports: 'PORTS' };

const ls: Command = {
  path: 'service ls',
  aliases: ['service list'],
  usage: '[OPTIONS]',
  summary: 'List services',
  options: [
    list('filter', 'Filter output based on conditions provided', 'f'),
    text('format', "'table', 'table TEMPLATE', 'json', or a Go template"),
    flag('quiet', 'Only display IDs', 'q'),
  ],
  arity: none,
  async run({ engine, process, values }) {
    const services = serviceList(engine, filtersOf(values), { status: true });
    services.sort((a, b) => byName(a.Spec.Name, b.Spec.Name));
    if (values.is('quiet')) {
      await process.out(services.map(({ ID }) => `${ID.slice(0, 12)}\n`).join(''));
      return 0;
    }
    await process.out(listing({ titles, columns, rows: services.map(rowOf) }, values.text('format')));
    return 0;
  },
};

function rowOf(service: ReturnType<typeof serviceList>[number]) {
  const { RunningTasks = 0, DesiredTasks = 0 } = service.ServiceStatus ?? {};
  const ports = (service.Endpoint.Ports ?? [])
    .filter(({ PublishMode }) => PublishMode === 'ingress')
    .sort((a, b) => (a.PublishedPort ?? 0) - (b.PublishedPort ?? 0));
  return {
    ID: service.ID.slice(0, 12),
    Name: service.Spec.Name,
    Mode: service.Spec.Mode.Global === undefined ? 'replicated' : 'global',
    Replicas: `${RunningTasks}/${DesiredTasks}`,
    Image: withoutDigest(service.Spec.TaskTemplate.ContainerSpec.Image),
    Ports: ports.map((port) => `*:${port.PublishedPort}->${port.TargetPort}/${port.Protocol}`).join(', '),
  };
}

const inspect = inspectCommand('service inspect', {
  usage: '[OPTIONS] SERVICE [SERVICE...]',
  summary: 'Display detailed information on one or more services',
  get: serviceInspect,
  missing: (name) => `Error: no such service: ${name}`,
  pretty: (engine, name) => prettyService(serviceInspect(engine, name)),
});

export const serviceListCommands: Command[] = [ls, inspect];
