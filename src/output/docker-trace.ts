import { count } from '../count.ts';

// What `--trace` shows of a forwarded docker command: which one it is, without values. Passwords, `-e` and `--build-arg` are
// among its arguments and cannot be told apart from others.

/** Commands whose next word is a command as well. */
const GROUPS = new Set(
  `builder buildx checkpoint compose config container context image manifest network node plugin secret service stack swarm
  system trust volume`.split(/\s+/),
);
/** docker's own options that take a value, before the command. */
const TAKES_A_VALUE = /^(-[cHl]|--(config|context|host|log-level|tls(cacert|cert|key)))$/;
const COMMAND = /^[a-z][a-z-]{0,30}$/;

/** `docker service create and 7 more words`. */
export function traceWords(words: readonly string[]): string {
  let at = 0;
  while (words[at]?.startsWith('-')) at += TAKES_A_VALUE.test(words[at]!) ? 2 : 1;
  const named: string[] = [];
  const [command, next] = words.slice(at);
  if (command !== undefined && COMMAND.test(command)) {
    named.push(command);
    if (GROUPS.has(command) && next !== undefined && COMMAND.test(next)) named.push(next);
  }
  const more = words.length - named.length;
  const rest = more === 0 ? '' : ` and ${count(more, 'more argument')}`;
  return `${['docker', ...named].join(' ')}${rest}`;
}
