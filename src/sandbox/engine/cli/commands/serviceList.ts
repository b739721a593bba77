// `docker service ls` and `inspect`.

import { withDefaults } from '../../api/serviceDefaults.ts';
import { serviceInspect, serviceList } from '../../api/services.ts';
import { SERVICE } from '../format/goTypes.ts';
import { listing } from '../format/list.ts';
import { prettyService } from '../format/prettyService.ts';
import { byName } from '../format/table.ts';
import { type Command, none } from '../framework/command.ts';
import { told } from '../framework/told.ts';
import { inspectCommand } from './inspect.ts';
import { filtersOf, withoutDigest } from './shared.ts';

const columns = ['ID', 'Name', 'Mode', 'Replicas', 'Image', 'Ports'];
const titles = { ID: 'ID', Name: 'NAME', Mode: 'MODE', Replicas: 'REPLICAS', Image: 'IMAGE', Ports: 'PORTS' };

const ls: Command = {
  ...told('service ls'),
  aliases: ['service list'],
  arity: none,
  async run({ engine, process, values }) {
    const services = serviceList(engine, filtersOf(values), { status: true });
    services.sort((a, b) => byName(a.Spec.Name, b.Spec.Name));
    if (values.is('quiet')) {
      await process.out(services.map(({ ID }) => `${ID.slice(0, 12)}\n`).join(''));
      return 0;
    }
    await process.out(
      listing({ titles, columns, rows: services.map(rowOf), type: '*service.serviceContext' }, values.text('format')),
    );
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
  get: (engine, name) => withDefaults(serviceInspect(engine, name)),
  missing: (name) => `Error: no such service: ${name}`,
  pretty: (engine, name) => prettyService(withDefaults(serviceInspect(engine, name))),
  type: SERVICE,
  refusal: 'Cannot supply extra formatting options to the pretty template',
});

export const serviceListCommands: Command[] = [ls, inspect];
