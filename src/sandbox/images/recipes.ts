// The layers of droplets' disks, each with the script that builds it. Pure.
import { createHash } from 'node:crypto';
import { CERTIFICATES, PACKAGES } from './repository.ts';
import { base, DOCKER, ONBOARDING, ONE_CLICK } from './scripts.ts';

/** The releases of Debian whose Docker is 20.10, 26.1 and 28.5. */
export const SUITES = ['bookworm', 'trixie', 'forky'] as const;
export type Suite = (typeof SUITES)[number];

export interface Recipe {
  name: string;
  /** The layers below it, the highest first. */
  on: readonly string[];
  /** Others that it is made from. */
  from: readonly string[];
  /** Makes it, in a shell (build.ts says what it finds there). */
  script: string;
  /** How long that takes on two cores with a near mirror. */
  seconds: number;
}

const ofSuite = (suite: Suite): Recipe[] => {
  const [plain, docker] = [`base-${suite}`, `docker-${suite}`];
  return [
    { name: plain, on: [], from: [], script: base(suite), seconds: 50 },
    { name: docker, on: [plain], from: [], script: DOCKER, seconds: 15 },
    { name: `one-click-${suite}`, on: [docker, plain], from: [], script: ONE_CLICK, seconds: 2 },
  ];
};

/** Every layer, each after those that it needs. */
export const RECIPES: readonly Recipe[] = [
  ...SUITES.flatMap(ofSuite),
  {
    name: 'onboarding-trixie',
    on: ['one-click-trixie', 'docker-trixie', 'base-trixie'],
    from: [],
    script: ONBOARDING,
    seconds: 1,
  },
  {
    name: 'repository',
    on: ['docker-bookworm', 'base-bookworm'],
    from: ['docker-trixie', 'docker-forky'],
    script: `${CERTIFICATES}${PACKAGES}`,
    seconds: 60,
  },
];

/** The name of each layer's folder: another one when its recipe changes, or that of one that it needs. */
export function folderNames(all: readonly Recipe[] = RECIPES): Map<string, string> {
  const known = new Map<string, string>();
  for (const { name, on, from, script } of all) {
    const needs = [...on, ...from].map((need) => known.get(need));
    const hash = createHash('sha256')
      .update(JSON.stringify([script, needs]))
      .digest('hex');
    known.set(name, `${name}-${hash.slice(0, 12)}`);
  }
  return known;
}
