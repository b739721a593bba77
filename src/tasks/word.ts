// What names a task, or a container: SERVICE, SERVICE.SLOT, SERVICE.NODE, SERVICE.*, NODE/NAME. Pure.
import { UsageError } from '../errors.ts';

export type TaskWord =
  | { kind: 'service'; service: string; slot: string | undefined }
  | { kind: 'container'; node: string; name: string };

/** What Swarm and Docker accept as names; a service's has no dot. */
const SERVICE = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const SLOT = /^[A-Za-z0-9*?][A-Za-z0-9_.*?-]*$/;
const CONTAINER = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Reads one. @throws UsageError */
export function readTaskWord(word: string): TaskWord {
  const slash = word.lastIndexOf('/');
  if (slash >= 0) {
    const [node, name] = [word.slice(0, slash), word.slice(slash + 1)];
    if (node !== '' && CONTAINER.test(name)) return { kind: 'container', node, name };
    throw wrong(word);
  }
  const dot = word.indexOf('.');
  const service = dot < 0 ? word : word.slice(0, dot);
  const slot = dot < 0 ? undefined : word.slice(dot + 1);
  if (!SERVICE.test(service) || (slot !== undefined && !SLOT.test(slot))) throw wrong(word);
  return { kind: 'service', service, slot };
}

/** Whether it may mean several tasks. */
export const isMany = (word: TaskWord): boolean => word.kind === 'service' && /[*?]/.test(word.slot ?? '');

const wrong = (word: string): UsageError =>
  new UsageError(`invalid task ${JSON.stringify(word)}`, {
    hint: "write SERVICE, SERVICE.SLOT (web.1), SERVICE.NODE for a global one, 'SERVICE.*' for all, or NODE/CONTAINER",
  });
