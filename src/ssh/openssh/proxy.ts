// How OpenSSH reaches a host through another one, which it accepts by belt's pins too (ssh_config(5), ProxyCommand).
import { quoteWord } from '../../quote.ts';
import type { Setting } from './options.ts';

/** A jump host, as ssh is told of it. */
export interface JumpSettings {
  address: string;
  settings: readonly Setting[];
}

/** The command whose stdin and stdout lead to the host; `program` is ssh. */
export function proxyCommand(program: string, { address, settings }: JumpSettings): string {
  const options = [...settings, ['ControlPath', 'none'] as const];
  const words = [program, ...options.flatMap(([keyword, value]) => ['-o', `${keyword}=${value}`])];
  // ssh puts in the address and the port, and takes two percent signs for one.
  const quoted = words.map((word) => quoteWord(word).replaceAll('%', '%%'));
  return [...quoted, '-W', "'[%h]:%p'", '--', quoteWord(address)].join(' ');
}
