// `docker ps` and `docker images`: what is on this host.

import { containerList, imageList } from '../../api/local.ts';
import { listing } from '../format/list.ts';
import { ago, humanDuration, humanSize } from '../format/units.ts';
import { atMost, type Command, none } from '../framework/command.ts';
import { told } from '../framework/told.ts';
import { filtersOf } from './shared.ts';

const ps: Command = {
  ...told('ps'),
  also: ['container ls', 'container ps', 'container list'],
  arity: none,
  refuses: ['last', 'latest', 'size'],
  async run({ engine, process, values }) {
    const whole = values.is('no-trunc');
    const rows = containerList(engine, filtersOf(values)).map((container) => containerRow(container, whole));
    if (values.is('quiet')) {
      await process.out(rows.map(({ ID }) => `${ID}\n`).join(''));
      return 0;
    }
    const list = { titles: containerTitles, columns: containerColumns, rows, type: '*formatter.ContainerContext' };
    const tried = { fault: 'failed to execute template', sample: { ...containerTitles, Platform: null } };
    await process.out(listing({ ...list, ...tried }, values.text('format')));
    return 0;
  },
};

function containerRow(container: ReturnType<typeof containerList>[number], whole: boolean) {
  const { Id, Command: command, Created, Labels } = container;
  return {
    ID: whole ? Id : Id.slice(0, 12),
    Image: container.Image,
    Command: `"${whole || command.length <= COMMAND_WIDTH ? command : `${command.slice(0, COMMAND_WIDTH - 1)}…`}"`,
    CreatedAt: new Date(Created * 1000).toISOString().replace('T', ' ').replace(/\..*/, ' +0000 UTC'),
    RunningFor: `${humanDuration(Date.now() - Created * 1000)} ago`,
    State: container.State,
    Status: container.Status,
    Ports: portsText(container.Ports),
    Names: container.Names.map((name) => name.slice(1)).join(','),
    Labels: Object.entries(Labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    LocalVolumes: '0',
    Mounts: '',
    Networks: 'bridge',
    Platform: null,
    Size: '0B',
  };
}

const COMMAND_WIDTH = 20;

/** Ports that are published by another number come last. */
function portsText(ports: Port[]): string {
  const isOther = ({ PublicPort, PrivatePort }: Port) => PublicPort !== undefined && PublicPort !== PrivatePort;
  return [...ports.filter((port) => !isOther(port)), ...ports.filter(isOther)].map(portText).join(', ');
}

type Port = ReturnType<typeof containerList>[number]['Ports'][number];

/** `0.0.0.0:80->80/tcp`, `[::]:80->80/tcp`; `80/tcp` of a port that is not published. */
function portText({ IP, PublicPort, PrivatePort, Type }: Port): string {
  if (IP === undefined) return `${PrivatePort}/${Type}`;
  return `${IP.includes(':') ? `[${IP}]` : IP}:${PublicPort}->${PrivatePort}/${Type}`;
}

const containerColumns = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];
const containerTitles = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  State: 'STATE',
  Status: 'STATUS',
  Ports: 'PORTS',
  Names: 'NAMES',
  Labels: 'LABELS',
  LocalVolumes: 'LOCAL VOLUMES',
  Mounts: 'MOUNTS',
  Networks: 'NETWORKS',
  Size: 'SIZE',
};

const images: Command = {
  ...told('images'),
  also: ['image ls', 'image list'],
  arity: atMost(1),
  refuses: ['digests', 'filter', 'tree'],
  async run({ engine, process, values, args }) {
    const whole = values.is('no-trunc');
    const [wanted] = args;
    const rows = imageList(engine)
      .map((image) => imageRow(image, whole))
      .filter(
        ({ Repository, Tag }) => wanted === undefined || wanted === Repository || wanted === `${Repository}:${Tag}`,
      );
    if (values.is('quiet')) await process.out(rows.map(({ ID }) => `${ID}\n`).join(''));
    else {
      const list = { titles: imageTitles, columns: imageColumns, rows, type: '*formatter.imageContext' };
      await process.out(listing(list, values.text('format')));
    }
    return 0;
  },
};

function imageRow(image: ReturnType<typeof imageList>[number], whole: boolean) {
  const [, Repository = '', Tag = ''] = /^(.*):([^:]*)$/.exec(image.RepoTags[0] ?? '') ?? [];
  const created = new Date(image.Created * 1000).toISOString();
  return {
    Repository,
    Tag,
    ID: whole ? image.Id : image.Id.slice(7, 19),
    CreatedSince: ago(created),
    CreatedAt: created.replace('T', ' ').replace(/\..*/, ' +0000 UTC'),
    Size: humanSize(image.Size),
    VirtualSize: humanSize(image.Size, 4),
    Containers: 'N/A',
    SharedSize: 'N/A',
    UniqueSize: 'N/A',
    Digest: '<none>',
  };
}

const imageColumns = ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'];
const imageTitles = {
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  ID: 'IMAGE ID',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  Digest: 'DIGEST',
};

export const localCommands: Command[] = [ps, images];
