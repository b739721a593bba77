// Which configs and secrets a stack needs that the swarm does not have. Pure.
import type { DesiredData } from '../compose/desired.ts';
import type { ApiData } from '../engine/stack-calls.ts';
import { BeltError } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import { CONTENT, KEY } from './labels.ts';
import { contentHash, contentName, type DataKind } from './names.ts';
import { currentOf } from './versions.ts';

/** A config or secret that is to be created. */
export interface NewData {
  kind: DataKind;
  key: string;
  name: string;
  /** Its body for the engine, with its content: never printed. */
  body: object;
}

/** What a reference of the files stands for. */
interface Reference {
  name: string;
  /** Missing where it is yet to be created. */
  id: string;
}

export interface DataPlan {
  create: NewData[];
  /** By the key in the files: two may have one name there. */
  references: Map<string, Reference>;
  left: string[];
}

/** @throws BeltError where one has to exist already and does not */
export function planData(
  stack: string,
  kind: DataKind,
  wanted: readonly DesiredData[],
  existing: readonly ApiData[],
  salt: Buffer,
): DataPlan {
  const plan: DataPlan = { create: [], references: new Map(), left: [] };
  for (const one of wanted) {
    const hash = contentHash(salt, stack, kind, one);
    const asked = one.external || one.isNamed ? one.name : contentName(stack, one.key, hash);
    const there =
      kind === 'secret' && one.external ? currentOf(asked, existing) : existing.find(({ Spec }) => Spec.Name === asked);
    const name = there?.Spec.Name ?? asked;
    plan.references.set(one.key, { name, id: there?.ID ?? '' });
    if (!there && one.external) throw missing(kind, name);
    if (!there) plan.create.push(newData(kind, one, name, hash));
    else if (one.isNamed && !one.external && isOther(there, one, hash)) {
      plan.left.push(
        `the ${kind} ${name} exists with another content, which cannot be changed: give it another name in the file, or none`,
      );
    }
  }
  return plan;
}

/** Whether a content is known to differ. Nobody gives a secret's content back. */
function isOther({ Spec }: ApiData, { data }: DesiredData, hash: string): boolean {
  if (Spec.Data && data) return !Buffer.from(Spec.Data, 'base64').equals(data);
  const known = Spec.Labels?.[CONTENT];
  return known !== undefined && known !== hash;
}

function newData(kind: DataKind, wanted: DesiredData, name: string, hash: string): NewData {
  const { key, data, driver, templateDriver, labels, isNamed } = wanted;
  const body = {
    Name: name,
    Labels: { ...labels, ...(isNamed ? { [CONTENT]: hash } : { [KEY]: key }) },
    ...(data && { Data: data.toString('base64') }),
    ...(driver && { Driver: driver }),
    ...(templateDriver && { Templating: { Name: templateDriver } }),
  };
  return { kind, key, name, body };
}

/** What the files expect to be there, and is not. */
export const missing = (kind: string, name: string): BeltError =>
  new BeltError(`the ${kind} ${name} is external in the file, but the swarm has none of this name`, {
    hint: HINTS[kind]?.(name) ?? `see: belt docker ${kind} ls`,
  });

const HINTS: Readonly<Record<string, (name: string) => string>> = {
  network: (name) => `create it: belt docker network create -d overlay ${quoteWord(name)}`,
  secret: (name) => `create it: belt secret set ${quoteWord(name)} < FILE`,
};
