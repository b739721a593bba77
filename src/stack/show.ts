// A plan as a person reads it, and as a program does.
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import { fieldChanges, fieldLine } from './fields.ts';
import { keepaliveNote } from './keepalive.ts';
import type { Removal } from './observe.ts';
import { isNothing, type ServicePlan, type StackPlan } from './plan.ts';

interface Row {
  mark: '+' | '~' | '-';
  kind: string;
  name: string;
  change: string;
}

function rowsOf({ networks, data, services, removals, unused }: StackPlan): Row[] {
  return [
    ...networks.map(({ name }): Row => ({ mark: '+', kind: 'network', name, change: 'create' })),
    ...data.map(({ kind, key }): Row => ({ mark: '+', kind, name: key, change: 'create with this content' })),
    ...services.flatMap(serviceRow),
    ...removals.map(({ kind, name }): Row => ({ mark: '-', kind: singular(kind), name, change: 'remove' })),
    ...unused.map(
      ({ kind, name }): Row => ({ mark: '-', kind: singular(kind), name, change: 'remove, nothing uses it' }),
    ),
  ];
}

function serviceRow({ name, now, changes, spec, isUnbuilt }: ServicePlan): Row[] {
  const image = isUnbuilt ? 'what --push builds' : spec.TaskTemplate.ContainerSpec.Image;
  if (!now) return [{ mark: '+', kind: 'service', name, change: `create with ${image}` }];
  return changes.length === 0 ? [] : [{ mark: '~', kind: 'service', name, change: `change ${changes.join(', ')}` }];
}

const singular = (kind: Removal['kind']): string => kind.slice(0, -1);

/** The services that would be rolled back, on stdout. Names are without the stack's. */
export function showRollback(
  { out }: Pick<Context, 'out'>,
  stack: string,
  { back, all }: { back: readonly string[]; all: readonly string[] },
): void {
  const rows = back.map((name): Row => ({ mark: '~', kind: 'service', name, change: 'roll back' }));
  const unchanged = all.filter((name) => !back.includes(name));
  showRows(out, stack, rows, unchanged);
  if (!out.json) out.note(changesOf(rows.length, unchanged.length));
}

/** What goes of a stack, on stdout. */
export function showRemovals({ out }: Pick<Context, 'out'>, stack: string, removals: readonly Removal[]): void {
  const rows = removals.map(({ kind, name }): Row => ({ mark: '-', kind: singular(kind), name, change: 'remove' }));
  showRows(out, stack, rows, []);
}

function showRows(out: Context['out'], stack: string, rows: readonly Row[], unchanged: readonly string[]): void {
  const document = { stack, changes: rows.map(({ mark, ...row }) => ({ ...row, mark })), unchanged };
  if (out.tellsEvents) out.event('plan', document);
  else if (out.json) out.document(document);
  else if (rows.length > 0) {
    out.table(
      ['', 'What', 'Name', 'Change'],
      rows.map(({ mark, kind, name, change }) => [mark, kind, name, change]),
      { marks: true },
    );
  }
}

/** The plan on stdout, each changed service with its fields; what it leaves as it is on stderr. */
export function showDiff({ out }: Context, plan: StackPlan, { values }: { values: boolean }): void {
  const rows = rowsOf(plan).map((row) => {
    const own = row.kind === 'service' && plan.services.find(({ name }) => name === row.name);
    return { ...row, fields: own && row.mark === '~' ? fieldChanges(own.parts, { values }) : [] };
  });
  if (out.json) out.document({ stack: plan.stack, changes: rows, unchanged: unchangedOf(plan) });
  else {
    out.marked(
      rows.flatMap(({ mark, kind, name, change, fields }) => [
        `${mark} ${kind} ${name}${fields.length > 0 ? '' : `: ${change}`}`,
        ...fields.map((field) => `    ${fieldLine(field)}`),
      ]),
    );
  }
  if (rows.some(({ fields }) => fields.some(({ isHidden }) => isHidden)))
    out.note('to see the hidden values: --values');
  tellLeft({ out }, plan);
}

/** The plan on stdout; what it leaves as it is on stderr. */
export function showPlan({ out }: Context, plan: StackPlan): void {
  showRows(out, plan.stack, rowsOf(plan), unchangedOf(plan));
  tellLeft({ out }, plan);
}

const unchangedOf = ({ services }: StackPlan): string[] =>
  services.filter(({ now, changes }) => now && changes.length === 0).map(({ name }) => name);

function tellLeft({ out }: Pick<Context, 'out'>, plan: StackPlan): void {
  for (const text of [...plan.left, ...plan.stuck]) out.warn(text);
  for (const text of plan.sent) out.note(text);
  const pushed = plan.services.filter(({ isPushed }) => isPushed).map(({ name }) => name);
  if (pushed.length > 0) {
    out.note(
      `${pushed.join(', ')}: what was pushed stays; another content: --push, the registry’s: name another tag or a digest in the file`,
    );
  }
  const unbuilt = plan.services.filter(({ isUnbuilt, now }) => isUnbuilt && now).map(({ name }) => name);
  if (unbuilt.length > 0) out.note(`${unbuilt.join(', ')}: the image is compared once --push has built it`);
  if (plan.inactive.length > 0) {
    out.note(`in the files, but under a profile that is not chosen: ${plan.inactive.join(', ')}; left as it is`);
  }
  if (plan.extra.length > 0) {
    const names = plan.extra.map(({ kind, name }) => `${singular(kind)} ${name}`);
    out.note(`not in the files any more: ${names.join(', ')}; to remove: --prune`);
  }
  if (!out.json) out.note(sentence(plan));
  // It is no part of what changes: below the sentence that ends the plan.
  const keptAlive = plan.services.filter(({ isKeptAlive }) => isKeptAlive).map(({ name }) => name);
  if (keptAlive.length > 0) out.note(keepaliveNote(keptAlive));
}

function sentence(plan: StackPlan): string {
  const same = unchangedOf(plan).length;
  if (isNothing(plan) && plan.stuck.length > 0) return `nothing to change, but not all of ${plan.stack} can run`;
  if (isNothing(plan)) return `nothing to do: ${count(same, 'service')} as in the files`;
  return changesOf(rowsOf(plan).length, same);
}

/** `2 changes; 3 services stay as they are`. */
function changesOf(many: number, same: number): string {
  const changes = count(many, 'change');
  return same === 0
    ? changes
    : `${changes}; ${count(same, 'service')} ${same === 1 ? 'stays' : 'stay'} as ${same === 1 ? 'it is' : 'they are'}`;
}

/** What was agreed to: when it differs, it is asked again. */
export const shownOf = (plan: StackPlan): string => JSON.stringify(rowsOf(plan));

/** The same of one service. */
export const shownOfService = (service: ServicePlan): string => JSON.stringify(serviceRow(service));
