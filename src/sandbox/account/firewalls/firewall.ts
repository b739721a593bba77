// The cloud firewalls of an account, as requested.
import type { FirewallProtocol } from '../../firewall.ts';
import { seededUuid } from '../../random.ts';
import { Collection } from '../collection.ts';

/** A rule as the user wrote it. */
export interface AccessRule {
  readonly protocol: FirewallProtocol;
  /** `22`, `8000-9000`, or `0` for all (and for ICMP): as DigitalOcean shows them. */
  readonly ports: string;
  readonly addresses: readonly string[];
  readonly dropletIds: readonly number[];
  readonly tags: readonly string[];
}

/** Everything that the user decides about a firewall. */
export interface FirewallPlan {
  readonly name: string;
  readonly inbound: readonly AccessRule[];
  readonly outbound: readonly AccessRule[];
  /** The droplets that were named, in addition to those with one of the tags. */
  readonly dropletIds: readonly number[];
  readonly tags: readonly string[];
}

/** A droplet whose packet filter does not yet follow the firewall. */
export interface PendingChange {
  dropletId: number;
  removing: boolean;
}

export interface Firewall {
  readonly id: string;
  readonly createdAt: number;
  plan: FirewallPlan;
  /** The changes in progress, one list each; even a change that affects no droplet takes a while. */
  readonly changes: Set<readonly PendingChange[]>;
}

export class Firewalls extends Collection<Firewall> {
  readonly #seed: number;
  #changes = 0;

  constructor(seed: number) {
    super();
    this.#seed = seed;
  }

  withName(name: string): Firewall | undefined {
    return this.list().find(({ plan }) => plan.name === name);
  }

  make(plan: FirewallPlan, now: number): Firewall {
    const id = seededUuid(this.#seed, 'firewall', this.added, plan.name);
    return this.add({ id, createdAt: now, plan, changes: new Set() });
  }

  takeChangeOrdinal(): number {
    return this.#changes++;
  }

  forgetDroplet(id: number): void {
    this.#rewrite(
      ({ dropletIds }) => dropletIds.includes(id),
      (plan) => ({ ...plan, dropletIds: plan.dropletIds.filter((each) => each !== id) }),
    );
  }

  forgetTag(tag: string): void {
    this.#rewrite(
      ({ tags }) => tags.includes(tag),
      (plan) => ({ ...plan, tags: plan.tags.filter((each) => each !== tag) }),
    );
  }

  /**
   * Removes a name from plans and rules. A rule that named nothing else is removed as well: one without sources is rejected when
   * it is written, so a client that reads a firewall and writes it back must not meet one.
   */
  #rewrite(
    names: (of: Pick<FirewallPlan, 'dropletIds' | 'tags'>) => boolean,
    without: <T extends Pick<FirewallPlan, 'dropletIds' | 'tags'>>(of: T) => T,
  ): void {
    const clean = (rules: readonly AccessRule[]) =>
      rules.some(names)
        ? rules.map((rule) => (names(rule) ? without(rule) : rule)).filter((rule) => !namesNobody(rule))
        : rules;
    for (const firewall of this.list()) {
      const { plan } = firewall;
      const inbound = clean(plan.inbound);
      const outbound = clean(plan.outbound);
      if (names(plan) || inbound !== plan.inbound || outbound !== plan.outbound) {
        firewall.plan = { ...without(plan), inbound, outbound };
      }
    }
  }
}

export const namesNobody = ({ addresses, dropletIds, tags }: AccessRule): boolean =>
  addresses.length + dropletIds.length + tags.length === 0;
