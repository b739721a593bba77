// Secrets that belong to no stack. One cannot be changed, so each content is a version: a secret of its own in the swarm. Pure.
import type { ApiData, ApiService } from '../engine/stack-calls.ts';
import { UsageError } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import { KEY, SECRET, STACK, VERSION } from './labels.ts';
import { versionName } from './names.ts';
import { secretsIn } from './unused.ts';

export interface SecretVersion {
  id: string;
  /** Its name in the swarm. */
  object: string;
  /** Counts from 1; 0 is one of this very name that belt did not make. */
  version: number;
}

/** The versions of a secret, the newest first. */
export function versionsOf(name: string, secrets: readonly ApiData[]): SecretVersion[] {
  return secrets
    .flatMap(({ ID: id, Spec: { Name: object, Labels } }): SecretVersion[] => {
      if (Labels?.[SECRET] === name) return [{ id, object, version: Number(Labels[VERSION]) || 1 }];
      const isPlain = object === name && Labels?.[SECRET] === undefined && Labels?.[STACK] === undefined;
      return isPlain ? [{ id, object, version: 0 }] : [];
    })
    .toSorted((a, b) => b.version - a.version || (a.object < b.object ? -1 : 1));
}

/** What a reference to an external secret of this name means: the newest version, or the secret that has this very name. */
export const currentOf = (name: string, secrets: readonly ApiData[]): ApiData | undefined => {
  const [newest] = versionsOf(name, secrets);
  return secrets.find(({ ID, Spec }) => (newest ? ID === newest.id : Spec.Name === name));
};

export interface Rotation {
  name: string;
  /** What services are to have; its id is missing where it is yet to be created. */
  target: SecretVersion;
  /** Its content is that of the newest version, so that none is created. */
  isSame: boolean;
  /** Services that use another version. */
  services: ApiService[];
  /** Services that have it already, perhaps from a run that was interrupted. */
  done: ApiService[];
  versions: SecretVersion[];
}

/** What giving a secret this content takes. @throws UsageError for a name that belongs to a stack, or to one version */
export function planRotation(
  name: string,
  content: Buffer,
  { secrets, services, salt }: { secrets: readonly ApiData[]; services: readonly ApiService[]; salt: Buffer },
): Rotation {
  checkOwner(name, secrets);
  const versions = versionsOf(name, secrets);
  const [newest] = versions;
  const isSame =
    newest !== undefined &&
    newest.version > 0 &&
    newest.object === versionName(salt, { name, version: newest.version, content });
  const version = (newest?.version ?? 0) + 1;
  const target = isSame ? newest : { id: '', object: versionName(salt, { name, version, content }), version };
  const others = new Set(versions.filter(({ id }) => id !== target.id).map(({ id }) => id));
  return {
    name,
    target,
    isSame,
    versions,
    services: services.filter(({ Spec }) => secretsIn(Spec).some(({ SecretID }) => others.has(SecretID))),
    done: isSame
      ? services.filter(
          ({ Spec }) =>
            secretsIn(Spec).every(({ SecretID }) => !others.has(SecretID)) &&
            secretsIn(Spec).some(({ SecretID }) => SecretID === target.id),
        )
      : [],
  };
}

/** @throws UsageError */
function checkOwner(name: string, secrets: readonly ApiData[]): void {
  for (const { Spec } of secrets) {
    const { [STACK]: stack, [KEY]: key, [SECRET]: base } = Spec.Labels ?? {};
    if (stack !== undefined && (Spec.Name === name || `${stack}_${key}` === name)) {
      throw new UsageError(`the secret ${name} is of the stack ${stack}, whose Compose files say what it is`, {
        hint: 'change its content there, then: belt deploy',
      });
    }
    if (base !== undefined && base !== name && Spec.Name === name) {
      throw new UsageError(`${name} is a version of the secret ${base}`, {
        hint: `belt secret rotate ${quoteWord(base)} < FILE`,
      });
    }
  }
}

/** A service with one version of a secret in place of the others; where the file is mounted stays. */
export function withVersion({ Spec }: ApiService, { target, versions }: Rotation): ApiService['Spec'] {
  const others = new Set(versions.map(({ id }) => id));
  const container = Spec.TaskTemplate['ContainerSpec'] as object;
  const Secrets = secretsIn(Spec).map((each) =>
    others.has(each.SecretID) ? { ...each, SecretID: target.id, SecretName: target.object } : each,
  );
  return { ...Spec, TaskTemplate: { ...Spec.TaskTemplate, ContainerSpec: { ...container, Secrets } } };
}

export interface SecretRow {
  /** As people know it. */
  name: string;
  /** Its name in the swarm. */
  object: string;
  id: string;
  stack: string | undefined;
  /** Of those that `belt secret` made. */
  version: number | undefined;
  /** Services that belong to no newer version get this one. */
  isCurrent: boolean;
  created: string | undefined;
  /** Names of services. */
  usedBy: string[];
  /** Services that used it before their last change, and that Swarm may roll back to it. */
  usedBefore: string[];
}

/** The secrets of a swarm by name, the newest version first. */
export function secretRows(secrets: readonly ApiData[], services: readonly ApiService[]): SecretRow[] {
  return secrets
    .map(({ ID: id, CreatedAt, Spec: { Name: object, Labels } }): SecretRow => {
      const { [STACK]: stack, [KEY]: key, [SECRET]: base } = Labels ?? {};
      const uses = (spec: ApiService['Spec'] | null | undefined) =>
        secretsIn(spec).some(({ SecretID }) => SecretID === id);
      const usedBy = services.filter(({ Spec }) => uses(Spec)).map(({ Spec }) => Spec.Name);
      const before = services.filter(({ PreviousSpec }) => uses(PreviousSpec)).map(({ Spec }) => Spec.Name);
      return {
        name: base ?? (key === undefined ? object : `${stack}_${key}`),
        object,
        id,
        stack,
        version: base === undefined ? undefined : Number(Labels?.[VERSION]) || 1,
        isCurrent: stack !== undefined || versionsOf(base ?? object, secrets)[0]?.id === id,
        created: CreatedAt ?? undefined,
        usedBy: usedBy.toSorted(),
        usedBefore: before.filter((name) => !usedBy.includes(name)).toSorted(),
      };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name) || ((a.created ?? '') < (b.created ?? '') ? 1 : -1));
}
