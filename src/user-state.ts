// The state of the account in use, and what an older belt left of it next to .belt.yaml.
import type { Cloud } from './cloud/client.ts';
import { openAccountState } from './config/account.ts';
import { goneDroplets, rememberFound } from './config/gone.ts';
import type { Settings } from './config/index.ts';
import { type Offered, rememberOffered } from './config/offered.ts';
import { adoptChoice, adoptOldState, findOldState, type OldState } from './config/old-state.ts';
import { setAdopted } from './config/projects.ts';
import type { State } from './config/state.ts';
import type { Context } from './context.ts';

/**
 * What to adopt from an older `.belt/`; undefined when there is nothing, or the user declines. Asks on a
 * terminal where the folder may have come with a clone; elsewhere it warns. The chosen cluster is adopted at once.
 */
export async function oldState(context: Context, settings: Settings): Promise<OldState | undefined> {
  const old = findOldState(settings, context);
  if (!old) return undefined;
  const { folder, holds, refused, trusted } = old;
  if (refused !== undefined) {
    context.out.warn(`${folder} is ignored (${holds}): ${refused}; if none of it is yours: rm -r ${folder}`);
    return undefined;
  }
  if (!trusted && !context.interactive) {
    const ways = 'run belt in a terminal to adopt it, or: belt trust NODE';
    context.out.warn(`${folder} is ignored (${holds}): it may have come with the folder; ${ways}`);
    return undefined;
  }
  if (!trusted && !(await agrees(context, old))) {
    setAdopted(settings);
    return undefined;
  }
  adoptChoice(settings, old);
  return old;
}

async function agrees(context: Context, { folder, holds }: OldState): Promise<boolean> {
  context.out.note(`${folder} holds ${holds}. belt keeps these in your own state folder now.`);
  const { confirm } = await import('./output/prompt.ts');
  return confirm(context, 'Did you create it on this machine, rather than get it with the folder? If so, it is moved.');
}

/** @throws BeltError; whatever asking for the account throws, for a token that is seen for the first time */
export async function openUserState(context: Context, settings: Settings, old: OldState | undefined): Promise<State> {
  const state = await openAccountState(settings, () => accountId(context));
  if (old) {
    adoptOldState(old, state);
    context.out.note(`${old.folder}: moved to ${state.folder} (${old.holds})`);
  }
  return state;
}

/** Undefined where the token may not ask. */
async function accountId(context: Context): Promise<string | undefined> {
  try {
    return (await (await context.cloud()).account()).uuid;
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === 403 || status === 404) return undefined;
    throw error;
  }
}

/**
 * The same client with a memory: lists do not show again what is known to be gone, and of the answers about what DigitalOcean
 * offers the names are kept.
 */
export function remembering(context: Context, cloud: Cloud): Cloud {
  const keep = async (change: (before: Offered) => Partial<Offered>) => {
    const state = await context.state().catch(() => undefined);
    if (state) rememberOffered(state, change);
  };
  const slugs = (all: readonly { slug?: string | undefined }[]) => all.flatMap(({ slug }) => slug ?? []);
  return {
    ...cloud,
    droplets: async (filter) => {
      const all = await cloud.droplets(filter);
      const state = await context.state().catch(() => undefined);
      const gone = state && goneDroplets(state, context.clock.now());
      return gone ? all.filter(({ id }) => !gone.has(id)) : all;
    },
    droplet: async (id) => {
      const found = await cloud.droplet(id);
      const state = found && (await context.state().catch(() => undefined));
      if (state) rememberFound(state, id, context.clock.now());
      return found;
    },
    sizes: async () => {
      const sizes = await cloud.sizes();
      await keep(() => ({ sizes: slugs(sizes) }));
      return sizes;
    },
    regions: async () => {
      const regions = await cloud.regions();
      await keep(() => ({ regions: slugs(regions) }));
      return regions;
    },
    images: async () => {
      const images = await cloud.images();
      await keep((before) => ({ images: [...new Set([...before.images, ...slugs(images)])].slice(0, MOST_IMAGES) }));
      return images;
    },
    image: async (ref) => {
      const image = await cloud.image(ref);
      const used = image && (image.slug ?? String(image.id));
      if (used)
        await keep(({ images }) => ({ images: [used, ...images.filter((one) => one !== used)].slice(0, MOST_IMAGES) }));
      return image;
    },
  };
}

/** Those that were used last come first. */
const MOST_IMAGES = 100;
