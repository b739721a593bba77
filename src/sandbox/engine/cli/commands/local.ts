// `docker ps` and `docker images`: what is on this host.
import { containerList, imageList, lasted } from '../../api/local.ts';
import type { Run } from '../command.ts';
import { filtersOf, list } from '../format.ts';

export const ps: Run = (call) => {
  const rows = containerList(call.engine, filtersOf(call)).map((container) => ({
    ID: container.Id.slice(0, 12),
    Image: container.Image,
    Command: `"${container.Command}"`,
    RunningFor: `${lasted(call.engine.world.now() - container.Created * 1000)} ago`,
    Status: container.Status,
    Ports: container.Ports.map(portText).join(', '),
    Names: container.Names.map((name) => name.slice(1)).join(','),
  }));
  return list(call, 'ID=CONTAINER_ID Image Command RunningFor=CREATED Status Ports Names', rows);
};

type Port = ReturnType<typeof containerList>[number]['Ports'][number];

/** `0.0.0.0:80->80/tcp`, `[::]:80->80/tcp`; `80/tcp` of a port that is not published. */
function portText({ IP, PublicPort, PrivatePort, Type }: Port): string {
  if (IP === undefined) return `${PrivatePort}/${Type}`;
  return `${IP.includes(':') ? `[${IP}]` : IP}:${PublicPort}->${PrivatePort}/${Type}`;
}

export const images: Run = (call) => {
  const [wanted] = call.args;
  const rows = imageList(call.engine)
    .map((image) => {
      const [, Repository = '', Tag = ''] = /^(.*):([^:]*)$/.exec(image.RepoTags[0] ?? '') ?? [];
      return { Repository, Tag, ID: image.Id.slice(7, 19), Size: `${Math.round(image.Size / 1e6)}MB` };
    })
    .filter(({ Repository, Tag }) => [undefined, Repository, `${Repository}:${Tag}`].includes(wanted));
  return list(call, 'Repository Tag ID=IMAGE_ID Size', rows);
};
