// `docker service create`, `update`, `scale`, `rm`.

import { serviceCreate, serviceInspect, serviceRemove, serviceUpdate } from '../../api/services.ts';
import { EngineError } from '../../errors.ts';
import { atLeast, type Command, exactly, Failure } from '../framework/command.ts';
import { told } from '../framework/told.ts';
import { waitForService } from '../service/convergence.ts';
import { editSpec, newSpec, refusedByCreate, refusedByUpdate } from '../service/specOptions.ts';

const create: Command = {
  ...told('service create'),
  refuses: refusedByCreate,
  arity: atLeast(1),
  optionsFirst: true,
  async run({ engine, process, values, args }) {
    const { ID } = serviceCreate(engine, newSpec(values, args));
    await process.out(`${ID}\n`);
    if (!values.is('detach') && !values.is('quiet')) await waitForService(engine, process, ID);
    return 0;
  },
};

const update: Command = {
  ...told('service update'),
  refuses: refusedByUpdate,
  arity: exactly(1),
  async run({ engine, process, values, args }) {
    const [name = ''] = args;
    const service = serviceInspect(engine, name);
    const spec = structuredClone(service.Spec);
    editSpec(spec, values);
    serviceUpdate(engine, name, service.Version.Index, spec);
    await process.out(`${name}\n`);
    if (!values.is('detach') && !values.is('quiet')) await waitForService(engine, process, name);
    return 0;
  },
};

const scale: Command = {
  ...told('service scale'),
  arity: atLeast(1),
  async run(invocation) {
    const { engine, process, values, args } = invocation;
    const malformed = args.find((word) => !/^[^=]+=./.test(word));
    if (malformed !== undefined) {
      throw new Failure(
        `invalid scale specifier '${malformed}'.\nSee 'docker service scale --help'.\n\nUsage:  docker service scale SERVICE=REPLICAS [SERVICE=REPLICAS...]\n\nScale one or multiple replicated services`,
      );
    }
    const faults: string[] = [];
    const scaled: string[] = [];
    for (const word of args) {
      const [name = '', replicas = ''] = word.split('=');
      const fault = scaleOne(invocation.engine, name, replicas);
      if (fault !== undefined) faults.push(`${name}: ${fault}`);
      else {
        scaled.push(name);
        await process.out(`${name} scaled to ${replicas}\n`);
      }
    }
    if (!values.is('detach')) for (const name of scaled) await waitForService(engine, process, name);
    if (faults.length > 0) throw new Failure(faults.join('\n'));
    return 0;
  },
};

/** Returns why a service could not be scaled. */
function scaleOne(engine: Parameters<typeof serviceInspect>[0], name: string, replicas: string): string | undefined {
  if (!/^\d+$/.test(replicas)) {
    return `invalid replicas value ${replicas}: strconv.ParseUint: parsing "${replicas}": invalid syntax`;
  }
  try {
    const service = serviceInspect(engine, name);
    if (service.Spec.Mode.Replicated === undefined)
      return 'scale can only be used with replicated or replicated-job mode';
    const spec = { ...service.Spec, Mode: { Replicated: { Replicas: Number(replicas) } } };
    serviceUpdate(engine, name, service.Version.Index, spec);
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return `Error response from daemon: ${error.message}`;
    throw error;
  }
}

const rm: Command = {
  ...told('service rm'),
  aliases: ['service remove'],
  arity: atLeast(1),
  async run({ engine, process, args }) {
    const faults: string[] = [];
    for (const name of args) {
      try {
        serviceRemove(engine, name);
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

export const serviceCommands: Command[] = [create, update, scale, rm];
