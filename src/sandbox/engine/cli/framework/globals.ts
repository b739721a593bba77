// The options before the command: `docker -H … ps`.

import { createHash } from 'node:crypto';
import { Failure } from './command.ts';

const WITH_VALUE = [
  '--host',
  '-H',
  '--context',
  '-c',
  '--config',
  '--log-level',
  '-l',
  '--tlscacert',
  '--tlscert',
  '--tlskey',
];
const WITHOUT = ['--debug', '-D', '--tls', '--tlsverify'];

/** The words from the command on, or 'version' for `docker --version`. Another daemon than the host's is out of reach. */
export function takeGlobalFlags(argv: readonly string[]): string[] | 'version' {
  const words = [...argv];
  while (words[0]?.startsWith('-') === true && words[0] !== '--help' && words[0] !== '-h') {
    const word = words.shift()!;
    const [name = '', attached] = word.split(/=(.*)/s);
    if (name === '--version' || name === '-v') return 'version';
    if (WITHOUT.includes(name)) continue;
    if (!WITH_VALUE.includes(name)) throw unknownFlag(name);
    const value = attached ?? words.shift();
    if (value === undefined)
      throw usage(`flag needs an argument: ${name.startsWith('--') ? name : `'${name[1]}' in ${name}`}`);
    checkValue(name, value);
  }
  return words;
}

function checkValue(name: string, value: string): void {
  if ((name === '--host' || name === '-H') && value !== 'unix:///var/run/docker.sock') {
    throw new Failure(`Cannot connect to the Docker daemon at ${value}. Is the docker daemon running?`);
  }
  if ((name === '--log-level' || name === '-l') && !/^(debug|info|warn(ing)?|error|fatal|panic|trace)$/i.test(value)) {
    throw new Failure(`Unable to parse logging level: ${value}`);
  }
  if ((name === '--context' || name === '-c') && value !== 'default') {
    const file = `/root/.docker/contexts/meta/${createHash('sha256').update(value).digest('hex')}/meta.json`;
    const why = `context "${value}": context not found: open ${file}: no such file or directory`;
    throw new Failure(`Failed to initialize: unable to resolve docker endpoint: ${why}`);
  }
}

const unknownFlag = (name: string): Failure =>
  usage(name.startsWith('--') ? `unknown flag: ${name}` : `unknown shorthand flag: '${name[1]}' in ${name}`);

const usage = (what: string): Failure =>
  new Failure(`${what}\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information`, 125);
