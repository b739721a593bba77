// `--publish`: `80:80`, `53:53/udp`, `published=80,target=80,mode=host`.

import { isIP } from 'node:net';
import type { PortConfig } from '../../model/service.ts';
import { badArgument } from '../framework/flags.ts';

const PROTOCOLS = ['tcp', 'udp', 'sctp'];

/** Reads the value of `--publish`, `--publish-add`, `--publish-rm`. */
export function parsePort(value: string, option: { long: string; short?: string }): PortConfig {
  const fail = (why: string): never => {
    throw badArgument(option, value, why);
  };
  const port = value.includes('=') ? longForm(value, fail) : shortForm(value, fail);
  if (!PROTOCOLS.includes(port.Protocol)) fail(`invalid protocol value '${port.Protocol}'`);
  return port;
}

type Fail = (why: string) => never;

function number(text: string | undefined, name: string, fail: Fail): number {
  const port = Number(text);
  return text !== undefined && /^\d+$/.test(text) && port > 0 && port < 65_536
    ? port
    : fail(`invalid ${name}: ${text}`);
}

function longNumber(text: string, which: string, fail: Fail): number {
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  return /^\d+$/.test(text) && Number(text) < 65_536
    ? Number(text)
    : fail(`invalid ${which} port (${text}): value must be an integer: ${why}`);
}

function shortForm(value: string, fail: Fail): PortConfig {
  if (value === '') fail('no port specified: <empty>');
  const [ports = '', protocol = 'tcp'] = value.split('/');
  const parts = ports.split(':');
  if (parts.length > 2) fail(isIP(parts[0]!) ? 'hostip is not supported' : `invalid IP address: ${parts[0]}`);
  if (!PROTOCOLS.includes(protocol.toLowerCase())) fail(`invalid proto: ${protocol}`);
  const [published, target] = parts.length === 2 ? parts : [undefined, parts[0]];
  const TargetPort = number(target, 'containerPort', fail);
  const PublishedPort = published === undefined ? undefined : number(published, 'hostPort', fail);
  return {
    Protocol: protocol.toLowerCase() as PortConfig['Protocol'],
    TargetPort,
    ...(PublishedPort === undefined ? {} : { PublishedPort }),
    PublishMode: 'ingress',
  };
}

function longForm(value: string, fail: Fail): PortConfig {
  const port: PortConfig = { Protocol: 'tcp', TargetPort: 0, PublishMode: 'ingress' };
  for (const field of value.split(',')) {
    const [key = '', text = ''] = field.split(/=(.*)/s);
    if (key === 'target') port.TargetPort = longNumber(text, 'target', fail);
    else if (key === 'published') port.PublishedPort = longNumber(text, 'published', fail);
    else if (key === 'protocol') port.Protocol = text.toLowerCase() as PortConfig['Protocol'];
    else if (key === 'mode' && (text === 'host' || text === 'ingress')) port.PublishMode = text;
    else if (key === 'mode') fail(`invalid publish mode value (${text}): must be either 'ingress' or 'host'`);
    else fail(`invalid field key: ${key}`);
  }
  if (port.TargetPort === 0) fail(`missing mandatory field 'target'`);
  return port;
}
