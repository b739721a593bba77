// A cluster of three managers and some workers, and what it has to be once `belt up` has ended well.
import { expect } from 'vitest';
import { api, onHost } from './probe.ts';
import type { AnyWorld, Outcome } from './world.ts';

export interface Shop {
  /** The description. */
  file: string;
  names: string[];
  /** The last line of an `up` that ended well. */
  done: string;
}

/** Three managers, so many workers of a label, and one that is drained. */
export const shopOf = (workers: number): Shop => ({
  file: `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "m[1:3]"}
  workers:
    - {nodes: "w[1:${workers}]", labels: {tier: web}}
    - {nodes: db, availability: drain}
  vpc: shop
  firewall: {open: [80]}
`,
  names: ['db', 'm1', 'm2', 'm3', ...Array.from({ length: workers }, (_, n) => `w${n + 1}`)],
  done: `shop: ${workers + 4} nodes, up to date`,
});

const WHOLE = shopOf(4);
export const SHOP = WHOLE.file;
export const SHOP_NAMES = WHOLE.names;
export const SHOP_DONE = WHOLE.done;

const LISTED = '{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}';
const INSPECTED = '{{.Description.Hostname}} {{.Spec.Role}} {{.Spec.Labels}}';

/** Each node as the swarm lists it: with `LISTED`, and with `INSPECTED`. */
const listedAs = (name: string): string =>
  name === 'db' ? 'db Ready Drain' : `${name} Ready Active${name.startsWith('m') ? ' manager' : ''}`;
const inspectedAs = (name: string): string =>
  `${name} ${name.startsWith('m') ? 'manager' : 'worker'} ${name.startsWith('w') ? 'map[tier:web]' : 'map[]'}`;

/** What m1 says, asked past belt: a line a node, sorted. */
async function told(w: AnyWorld<never>, words: string): Promise<string[]> {
  const { stdout } = await onHost(w, 'm1', `docker node ${words}`);
  const lines = stdout.trim().split('\n');
  return lines.map((line) => line.trimEnd().replace(/Leader|Reachable/, 'manager')).toSorted();
}

/** Everything that the account has, by name: nothing is there twice or left over. */
export async function account(w: AnyWorld<never>) {
  const list = async (kind: string) => {
    const answer = (await api(w, 'GET', `/v2/${kind}?per_page=200`)) as Record<string, { name: string }[]>;
    return answer[kind]!.map(({ name }) => name).toSorted();
  };
  const [droplets, firewalls, vpcs] = await Promise.all(['droplets', 'firewalls', 'vpcs'].map(list));
  return { droplets, firewalls, vpcs: vpcs!.filter((name) => !name.startsWith('default-')) };
}

/** The cluster is what the file says: each droplet once, each in the swarm as it is to be, no entry and no droplet more. */
export async function expectShop<Options>(w: AnyWorld<Options>, options?: Options, { names } = WHOLE): Promise<void> {
  expect(await account(w)).toEqual({ droplets: names, firewalls: ['belt-shop'], vpcs: ['shop'] });
  expect(await told(w, `ls --format '${LISTED}'`)).toEqual(names.map(listedAs));
  expect(await told(w, `inspect --format '${INSPECTED}' ${names.join(' ')}`)).toEqual(names.map(inspectedAs));
  expect(await w.belt('orphans', options)).toMatchObject({ code: 0, stdout: '' });
}

/** `up` ended well, and said no more than what it did. */
export function expectDone({ code, stdout, stderr }: Outcome, { done } = WHOLE): void {
  const troubles = stderr.match(/^(error|warning).*/gm);
  expect({ code, troubles, last: stdout.trimEnd().split('\n').at(-1) }, stderr).toEqual({
    code: 0,
    troubles: null,
    last: done,
  });
}
