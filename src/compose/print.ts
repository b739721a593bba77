// A stack as people and programs read it: without the contents of configs and secrets.
import type { DesiredData, DesiredStack } from './desired.ts';

/** Plain values, for YAML and JSON. */
export function printable({ name, networks, volumes, configs, secrets, services }: DesiredStack): object {
  return {
    name,
    services: services.map(
      ({ at: _, configs: _configs, secrets: _secrets, isUnbuilt: _isUnbuilt, dependsOn, ...service }) => ({
        ...service,
        dependsOn: dependsOn.map(({ service: on, condition }) => ({ service: on, condition })),
      }),
    ),
    networks: networks.map(({ at: _, external, body, ...network }) =>
      external ? { ...network, external } : { ...network, external, body },
    ),
    volumes: volumes.map(({ at: _, ...volume }) => volume),
    configs: configs.map(withoutContent),
    secrets: secrets.map(withoutContent),
  };
}

/** Of a secret its size is not told either: that of a short one says much. */
const withoutContent = ({ at: _, data: _data, isNamed: _isNamed, ...rest }: DesiredData): object => rest;
