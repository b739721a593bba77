// `docker ps` and `docker images`: what is on this host.

import { containerList, imageList } from '../../api/local.ts';
import { listing } from '../format/list.ts';
import { humanDuration, humanSize } from '../format/units.ts';
import { atMost, type Command, flag, list, none, text } from '../framework/command.ts';
import { filtersOf } from './shared.ts';

const ps: Command = {
  path: 'ps',
  aliases: ['container ls', 'container ps', 'container list'],
  usage: '[OPTIONS]',
  summary: 'List containers',
  options: [
    flag('all', 'Show all containers (default shows just running)', 'a'),
    list('filter', 'Filter output based on conditions provided (name only)', 'f'),
    text('format', "'table', 'table TEMPLATE', 'json', or a Go template"),
    flag('no-trunc', "Don't truncate output"),
    flag('quiet', 'Only display container IDs', 'q'),
  ],
  arity: none,
  async run({ engine, process, values }) {
    const whole = values.is('no-trunc');
    const wanted = filtersOf(values)['name'] ?? [];
    const rows = containerList(engine)
      .map((container) => ({
        ID: whole ? container.Id : container.Id.slice(0, 12),
        Image: container.Image,
        Command: `"${whole || container.Command.length <= 20 ? container.Command : `${container.Command.slice(0, 19)}…`}"`,
        CreatedAt: new Date(container.Created * 1000).toISOString(),
        RunningFor: `${humanDuration(Date.now() - container.Created * 1000)} ago`,
        State: container.State,
        Status: container.Status,
        Ports: container.Ports.map((port) => `${port.IP}:${port.PublicPort}->${port.PrivatePort}/${port.Type}`).join(
          ', ',
        ),
        Names: container.Names.map((name) => name.slice(1)).join(','),
      }))
      .filter(({ Names }) => wanted.length === 0 || wanted.some((part) => Names.includes(part)));
    if (values.is('quiet')) await process.out(rows.map(({ ID }) => `${ID}\n`).join(''));
    else
      await process.out(listing({ titles: containerTitles, columns: containerColumns, rows }, values.text('format')));
    return 0;
  },
};

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
};

const images: Command = {
  path: 'images',
  aliases: ['image ls', 'image list'],
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  summary: 'List images',
  options: [
    flag('all', 'Show all images (default hides intermediate images)', 'a'),
    text('format', "'table', 'table TEMPLATE', 'json', or a Go template"),
    flag('no-trunc', "Don't truncate output"),
    flag('quiet', 'Only show image IDs', 'q'),
  ],
  arity: atMost(1),
  async run({ engine, process, values, args }) {
    const whole = values.is('no-trunc');
    const [wanted] = args;
    const rows = imageList(engine)
      .map((image) => {
        const [, Repository = '', Tag = ''] = /^(.*):([^:]*)$/.exec(image.RepoTags[0] ?? '') ?? [];
        return {
          Repository,
          Tag,
          ID: whole ? image.Id : image.Id.slice(7, 19),
          CreatedSince: `${humanDuration(Date.now() - image.Created * 1000)} ago`,
          Size: humanSize(image.Size),
        };
      })
      .filter(
        ({ Repository, Tag }) => wanted === undefined || wanted === Repository || wanted === `${Repository}:${Tag}`,
      );
    if (values.is('quiet')) await process.out(rows.map(({ ID }) => `${ID}\n`).join(''));
    else await process.out(listing({ titles: imageTitles, columns: imageColumns, rows }, values.text('format')));
    return 0;
  },
};

const imageColumns = ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'];
const imageTitles = { Repository: 'REPOSITORY', Tag: 'TAG', ID: 'IMAGE ID', CreatedSince: 'CREATED', Size: 'SIZE' };

export const localCommands: Command[] = [ps, images];
