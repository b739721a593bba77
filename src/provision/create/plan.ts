// What `create` is about to make, checked in full before the first droplet is paid for.
import { resolve } from 'node:path';
import { readOwn } from '../../cloud/own-userdata.ts';
import { checkNewDroplets, type Offer, readOffer } from '../../cloud/preflight.ts';
import type { Blueprint } from '../../cloud/provision.ts';
import type { AccountKey, Size } from '../../cloud/schemas.ts';
import { currentSize, isSize, looksLikeSize, oldSlugs } from '../../cloud/sizes.ts';
import { clusterTag } from '../../cloud/tags.ts';
import type { Settings } from '../../config/index.ts';
import type { State } from '../../config/state.ts';
import type { Context } from '../../context.ts';
import { dropletSpec } from '../../descriptions/spec.ts';
import { BeltError, UsageError } from '../../errors.ts';
import { seenAsManagers } from '../../fleet/jump.ts';
import { type Droplet, isPrivate } from '../../model/droplet.ts';
import { BELT_TAG, BELTS_TAGS, isBeltsTag, isTagName } from '../../model/tag.ts';
import { checkDropletName, compact, expand, nearest } from '../../patterns/index.ts';
import { Problems } from '../../problems.ts';
import { quoteArgv } from '../../quote.ts';
import { readTypedFile } from '../../user-file.ts';
import { dropletsNow, existingDroplets, oneOfEach } from './existing.ts';
import { chooseKeys } from './keys.ts';
import { checkJump, checkPrivate, type JumpCandidate } from './private.ts';
import { checkUserData } from './run.ts';
import type { CreateOptions, CreatePlan } from './setup.ts';

/** @throws UsageError or BeltError naming what will not do; nothing was created then */
export async function plan(context: Context, words: readonly string[], options: CreateOptions): Promise<CreatePlan> {
  const settings = await context.settings();
  const image = options.image ?? settings.image;
  const first = readWords(words, settings.size, undefined);
  const region = options.region ?? settings.region;
  const problems = new Problems();
  await checkWords(problems, first.names, options);
  await problems.check(() => checkNamed(first.names, { image, region }));
  const userData = await problems.check(() => readUserData(context, options));
  problems.throwAny();
  const vpcUuid = options.vpc ?? settings.vpcUuid;
  const cloud = await context.cloud();
  const [offer, keys, droplets] = await Promise.all([
    readOffer(cloud, { image: image!, vpcUuid }),
    cloud.keys(),
    dropletsNow(context, first.names),
  ]);
  const { size, names } = readWords(words, settings.size, offer);
  const existing = droplets.filter((droplet) => names.includes(droplet.name));
  const newNames = without(names, existing, options);
  const regions = byRegion(newNames, region, options.region !== undefined, offer);
  const checked = await problems.check(() =>
    checkNewDroplets(cloud, offer, {
      size,
      image: image!,
      regions: [...regions.keys()],
      vpcUuid,
      count: newNames.length,
    }),
  );
  if (options.private && newNames.length > 0) {
    const jumps = jumpCandidates(await context.state(), droplets);
    const nodes = { names: newNames, regions: [...regions.keys()], vpcUuid, install: options.engine };
    await problems.check(() => checkJump(context, newNames, jumps));
    await problems.check(() => checkPrivate(context, nodes));
  }
  problems.throwAny();
  // A key enters the account once all else is right.
  const chosenKeys = newNames.length === 0 ? [] : await chooseKeys(context, keys, options);
  const blueprint = (slug: string): Blueprint => ({
    region: slug,
    size: checked!.size.slug,
    image: checked!.image.slug ?? checked!.image.id,
    ...common(settings, chosenKeys, vpcUuid, options),
  });
  const groups = [...regions].map(([region, group]) => ({ names: group, blueprint: blueprint(region) }));
  const goOn = quoteArgv(['belt', 'create', ...words, '--missing']);
  return { goOn, names, newNames, existing, groups, userData: userData!, size: checked!.size, keys: chosenKeys };
}

/** What is wrong whatever the account has. */
async function checkWords(problems: Problems, names: readonly string[], options: CreateOptions): Promise<void> {
  for (const name of names) await problems.check(() => checkDropletName(name));
  for (const tag of options.tag ?? []) await problems.check(() => checkTag(tag));
  await problems.check(() => {
    if (options.private && options.ipv6) throw new UsageError('--private and --ipv6 exclude each other');
  });
}

/** What new names need to be made anywhere. @throws UsageError */
function checkNamed(
  names: readonly string[],
  { image, region }: { image: string | undefined; region: string | undefined },
): void {
  if (image === undefined) throw noImage(region);
  const homeless = names.find((name) => prefixOf(name) === undefined);
  if (region === undefined && homeless !== undefined) throw noRegion(homeless);
}

function jumpCandidates(state: State, droplets: readonly Droplet[]): JumpCandidate[] {
  const managers = seenAsManagers(
    state,
    droplets.filter((droplet) => !isPrivate(droplet)),
  );
  return droplets.map((droplet) => ({
    name: droplet.name,
    isOpen: !isPrivate(droplet),
    isManager: managers.includes(droplet),
  }));
}

/** The same plan without what came to be since it was made. @throws UsageError when that is not to be passed over */
export async function stillToMake(context: Context, planned: CreatePlan, options: CreateOptions): Promise<CreatePlan> {
  const droplets = oneOfEach(context, await existingDroplets(context, planned.names, { ask: true }));
  const listed = droplets.filter(({ name }) => planned.names.includes(name));
  const existing = [...listed, ...(await notListedAnyMore(context, planned.existing, listed))];
  const newNames = without(planned.newNames, existing, options);
  const there = new Set([...newNames, ...existing.map(({ name }) => name)]);
  const gone = planned.names.filter((name) => !there.has(name));
  if (gone.length > 0) {
    throw new BeltError(`${compact(gone)} existed a moment ago and is gone`, { hint: 'run the same command again' });
  }
  const groups = planned.groups.map(({ names, blueprint }) => ({
    names: names.filter((name) => newNames.includes(name)),
    blueprint,
  }));
  return { ...planned, existing, newNames, groups: groups.filter(({ names }) => names.length > 0) };
}

/** Lists lag: what one showed and the next does not is asked for by its id. Gives those that exist still. */
async function notListedAnyMore(
  context: Context,
  seen: readonly Droplet[],
  listed: readonly Droplet[],
): Promise<Droplet[]> {
  const cloud = await context.cloud();
  const missed = seen.filter(({ name }) => listed.every((droplet) => droplet.name !== name));
  return (await Promise.all(missed.map(({ id }) => cloud.droplet(id)))).flatMap((droplet) => droplet ?? []);
}

/** A first `create` lacks both, and is told both at once. */
function noImage(region: string | undefined): UsageError {
  if (region !== undefined) {
    return new UsageError('no image is set', { hint: 'add --image ubuntu-24-04-x64, or image: to .belt.yaml' });
  }
  return new UsageError('neither a region nor an image is set', {
    hint: 'add --region sgp1 --image ubuntu-24-04-x64, or both to .belt.yaml (every key: .belt.yaml.example)',
  });
}

/** Takes the words apart: a size and names, or names alone where .belt.yaml has a size. */
function readWords(words: readonly string[], fallback: string | undefined, offer: Offer | undefined) {
  const [first = '', ...rest] = words;
  const sized = fallback === undefined || isSize(first, offer?.sizes);
  if (!sized && offer && looksLikeSize(first, offer.sizes)) throw noSuchSize(first, offer.sizes);
  if (words.length === 0 || (sized && rest.length === 0)) {
    throw new UsageError('create takes a size and names', { hint: 'such as: belt create 512mb node[1:4]' });
  }
  const named = sized ? rest : words;
  const misplaced = named.find((word) => isSize(word, offer?.sizes ?? []));
  if (misplaced !== undefined) throw sizeComesFirst(misplaced, named);
  return { size: currentSize(sized ? first : fallback), names: expand(named) };
}

/** Where .belt.yaml has a size, words in the wrong order would be names of droplets. */
function sizeComesFirst(size: string, words: readonly string[]): UsageError {
  const names = words.filter((word) => word !== size);
  return new UsageError(`"${size}" is a size, and the size comes first`, {
    hint: `such as: ${quoteArgv(['belt', 'create', size, ...(names.length > 0 ? names : ['node[1:4]'])])}`,
  });
}

/** A typing error in a size must not become the name of a droplet. */
function noSuchSize(word: string, sizes: readonly Size[]): UsageError {
  const near = nearest(word, [...oldSlugs, ...sizes.map(({ slug }) => slug)]);
  const meant = near.length > 0 ? `did you mean ${near.join(', ')}? ` : '';
  return new UsageError(`there is no size ${JSON.stringify(word)}`, {
    hint: `${meant}sizes: belt sizes`,
  });
}

function checkTag(tag: string): void {
  if (!isTagName(tag)) throw new UsageError(`--tag ${tag}: a tag is made of letters, digits, ":", "-" and "_"`);
  if (!isBeltsTag(tag)) return;
  throw new UsageError(`--tag ${tag}: it is belt's own, by which belt finds its droplets`, {
    hint: `choose a tag other than ${BELTS_TAGS}`,
  });
}

/** @throws UsageError for user data that DigitalOcean or cloud-init would not take */
async function readUserData(
  context: Context,
  { engine, userData: path }: CreateOptions,
): Promise<CreatePlan['userData']> {
  const { cwd, clock, signal } = context;
  const own =
    path === undefined ? undefined : readOwn(await bytesOf(resolve(cwd, path), path, { clock, signal }), path);
  const userData = { ...(await dropletSpec(context)), install: engine, own };
  checkUserData(userData);
  return userData;
}

async function bytesOf(file: string, path: string, waiting: Pick<Context, 'clock' | 'signal'>): Promise<Buffer> {
  try {
    return (await readTypedFile(file, waiting)).bytes;
  } catch (error) {
    waiting.signal.throwIfAborted();
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message;
    throw new UsageError(`cannot read --user-data ${path}: ${why}`);
  }
}

function without(names: string[], existing: readonly Droplet[], { missing }: CreateOptions): string[] {
  const taken = new Set(existing.map(({ name }) => name));
  if (taken.size > 0 && !missing) {
    const which = compact([...taken]);
    throw new UsageError(`${which} already ${taken.size === 1 ? 'exists' : 'exist'}`, {
      hint: 'choose other names, or create only the missing ones: --missing',
    });
  }
  return names.filter((name) => !taken.has(name));
}

/** Names by region: the one that was chosen, else the one that a name begins with (`sgp1-node1`), else the configured one. */
function byRegion(
  names: readonly string[],
  region: string | undefined,
  explicit: boolean,
  offer: Offer,
): Map<string, string[]> {
  const slugs = new Set(offer.regions.map(({ slug }) => slug));
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const prefix = prefixOf(name);
    const chosen = !explicit && prefix !== undefined && slugs.has(prefix) ? prefix : region;
    if (chosen === undefined) throw noRegion(name);
    groups.set(chosen, [...(groups.get(chosen) ?? []), name]);
  }
  return groups;
}

/** What a name begins with, where that looks like a region. */
const prefixOf = (name: string): string | undefined => /^([a-z]{3}\d)-./.exec(name)?.[1];

const noRegion = (name: string): UsageError =>
  new UsageError(`no region is set for ${name}`, { hint: 'add --region sgp1, or region: to .belt.yaml' });

/** What the droplets of a cluster have in common, whatever their size and region. */
export function common(
  settings: Settings,
  keys: readonly AccountKey[],
  vpcUuid: string | undefined,
  options: Pick<CreateOptions, 'tag' | 'private' | 'ipv6' | 'monitoring' | 'backups'> = {},
) {
  return {
    ssh_keys: keys.map(({ id }) => id),
    tags: [BELT_TAG, clusterTag(settings.cluster), ...new Set([...settings.tags, ...(options.tag ?? [])])],
    ...(vpcUuid !== undefined && { vpc_uuid: vpcUuid }),
    ...(options.private && { public_networking: false }),
    ...((options.ipv6 ?? settings.ipv6) && !options.private && { ipv6: true }),
    ...((options.monitoring ?? settings.monitoring) && { monitoring: true }),
    ...((options.backups ?? settings.backups) && { backups: true }),
  };
}
