// Usage lines and short help. What the sandbox does not simulate is not listed.

import type { Command, Option } from './command.ts';

export const usageLine = (command: Command): string =>
  `Usage:  docker ${command.path}${command.usage === '' ? '' : ` ${command.usage}`}`;

/** `docker CMD --help`. */
export function helpOf(command: Command): string {
  const lines = [usageLine(command), '', command.summary];
  if (command.options.length > 0) lines.push('', 'Options:', ...optionLines(command.options));
  return `${lines.join('\n')}\n`;
}

function optionLines(options: Option[]): string[] {
  const names = options.map(({ long, short, kind }) => {
    const type = kind === 'bool' ? '' : ` ${kind}`;
    return `  ${short === undefined ? '    ' : `-${short}, `}--${long}${type}`;
  });
  const width = Math.max(...names.map((name) => name.length)) + 3;
  return options.map(({ help }, i) => names[i]!.padEnd(width) + help);
}

/** `docker` and `docker GROUP` alone. */
export function groupHelp(group: string, commands: readonly Command[]): string {
  const depth = group === '' ? 1 : 2;
  const entries = new Map<string, string>();
  for (const { path, summary } of commands) {
    const words = path.split(' ');
    if (group !== '' && words[0] !== group) continue;
    const name = words[depth - 1]!;
    entries.set(name, words.length > depth ? `Manage ${name}s` : summary);
  }
  const width = Math.max(...[...entries.keys()].map((name) => name.length)) + 3;
  const lines = [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, about]) => `  ${name.padEnd(width)}${about}`);
  const usage = group === '' ? 'docker [OPTIONS] COMMAND' : `docker ${group} COMMAND`;
  const more = group === '' ? 'docker COMMAND' : `docker ${group} COMMAND`;
  return [
    `Usage:  ${usage}`,
    '',
    "What this sandbox's engine simulates:",
    '',
    'Commands:',
    ...lines,
    '',
    `Run '${more} --help' for more information on a command.`,
    '',
  ].join('\n');
}
