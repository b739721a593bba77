// Which layers a droplet's disk has below what it writes, by its image's slug or id. Pure.
import type { Suite } from '../images/recipes.ts';

/** Images that bring Docker. */
const WITH_DOCKER: Record<string, Suite> = {
  'docker-20-04': 'bookworm',
  'docker-22-04': 'trixie',
  '18153887': 'trixie',
};

/** Images whose first boot takes a while, in which root gets no shell. */
const ONBOARDING = new Set(['docker-22-04']);

/** Those of other distributions boot the Debian of about their age. */
const PLAIN: Record<string, Suite> = {
  'debian-12-x64': 'bookworm',
  'debian-13-x64': 'trixie',
  'ubuntu-22-04-x64': 'bookworm',
  'ubuntu-24-04-x64': 'forky',
};

/** The note about them for the user. */
export const SUBSTITUTES =
  'every image boots Debian here: ubuntu-22-04-x64 boots bookworm, ubuntu-24-04-x64 forky, the rest trixie';

export interface Origin {
  suite: Suite;
  /** The names of its layers, the highest first. */
  layers: string[];
}

/** What the image is made of. */
export function originOf({ image, hasEngine }: { image: string; hasEngine: boolean }): Origin {
  if (!hasEngine) {
    const suite = PLAIN[image] ?? 'trixie';
    return { suite, layers: [`base-${suite}`] };
  }
  const suite = WITH_DOCKER[image] ?? 'trixie';
  const onTop = ONBOARDING.has(image) ? [`onboarding-${suite}`] : [];
  return { suite, layers: [...onTop, `one-click-${suite}`, `docker-${suite}`, `base-${suite}`] };
}
