// What a swarm has of a stack, and its files do not name. Pure.
import type { DesiredStack } from '../compose/desired.ts';
import type { ApiService } from '../engine/stack-calls.ts';
import { isOf, KEY, SALT } from './labels.ts';
import { saltName } from './names.ts';
import { type Existing, type Removal, servicesOf } from './observe.ts';
import { portsOf } from './ports.ts';
import { networksIn } from './unused.ts';

/** Services that run and that the files name, but whose profile is not chosen. */
export function keptOf({ name: stack, inactive }: DesiredStack, existing: Existing): ApiService[] {
  const names = new Set(inactive.map((key) => `${stack}_${key}`));
  return servicesOf(existing, stack).filter(({ Spec }) => names.has(Spec.Name));
}

/** What belt named by its content is no part of it: that goes by itself when nobody refers to it. */
export function notInFiles(wanted: DesiredStack, existing: Existing): Removal[] {
  const stack = wanted.name;
  const kept = keptOf(wanted, existing);
  const services = new Set([...wanted.services.map(({ spec }) => spec.Name), ...kept.map(({ Spec }) => Spec.Name)]);
  const networks = new Set([
    ...wanted.networks.map(({ name }) => name),
    ...kept.flatMap(({ Spec }) => networksIn(Spec)),
  ]);
  const named = new Set([...wanted.configs, ...wanted.secrets].map(({ name }) => name));
  const data = (kind: 'configs' | 'secrets'): Removal[] =>
    existing[kind]
      .filter(({ Spec: { Name, Labels } }) => isOf(Labels, stack) && !named.has(Name) && Labels?.[KEY] === undefined)
      .filter(({ Spec: { Name, Labels } }) => Labels?.[SALT] === undefined && Name !== saltName(stack))
      .map(({ ID: id, Spec: { Name: name } }) => ({ kind, id, name }));
  return [
    ...servicesOf(existing, stack)
      .filter(({ Spec: { Name } }) => !services.has(Name))
      .map(({ ID: id, Spec }): Removal => ({ kind: 'services', id, name: Spec.Name, ports: portsOf(Spec) })),
    ...existing.networks
      .filter(({ Id, Name, Labels }) => isOf(Labels, stack) && !networks.has(Name) && !networks.has(Id))
      .map(({ Id: id, Name: name }): Removal => ({ kind: 'networks', id, name })),
    ...data('configs'),
    ...data('secrets'),
  ];
}
