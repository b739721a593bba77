// VPCs, cloud firewalls and tags. do-wrapper lacks the first, parts of the second, and sends droplets to tag in another form than the
// API's, so these use belt's transport directly.
import { made, type OnSkipped, one, pages, unlessMissing } from './answers.ts';
import { PAGE_SIZE } from './paging.ts';
import { type Firewall, type FirewallRule, items, type NatGateway, type Vpc } from './schemas.ts';
import type { Transport } from './transport.ts';

interface RuleOrder {
  protocol: FirewallRule['protocol'];
  /** `80`, `8000-8010`; `0` for all, and for ICMP. */
  ports: string;
  peers: {
    addresses: readonly string[];
    tags: readonly string[];
    others?: Readonly<Record<string, readonly (string | number)[]>>;
  };
}

/** The desired state of a firewall. */
export interface FirewallOrder {
  name: string;
  tags: readonly string[];
  dropletIds?: readonly number[];
  inbound: readonly RuleOrder[];
  outbound: readonly RuleOrder[];
}

export interface Networks {
  vpc(uuid: string): Promise<Vpc | undefined>;
  vpcs(): Promise<Vpc[]>;
  /** The gateways by which droplets without a public address reach the outside. */
  natGateways(): Promise<NatGateway[]>;
  /** DigitalOcean chooses a range where none is given. */
  createVpc(vpc: { name: string; region: string; description: string; ip_range?: string }): Promise<Vpc>;
  /** Deletes a VPC; one that is already gone counts as deleted. */
  deleteVpc(uuid: string): Promise<void>;
  /**
   * A tag must exist before a firewall can name it or a droplet can get it. One that exists is left as it is: gives the spelling
   * of its first use, the only one that the other requests may have.
   */
  createTag(name: string): Promise<string>;
  /** Adds a tag that exists to a droplet; one that has it is left as it is. */
  tagDroplet(id: number, tag: string): Promise<void>;
  /** Takes a tag off a droplet; where the tag or the droplet is already gone, it counts as taken off. */
  untagDroplet(id: number, tag: string): Promise<void>;
  firewalls(): Promise<Firewall[]>;
  createFirewall(order: FirewallOrder): Promise<Firewall>;
  /** Replaces the whole firewall, except for rules that belt cannot express. */
  updateFirewall(found: Pick<Firewall, 'id' | 'foreign'>, order: FirewallOrder): Promise<Firewall>;
  /** Deletes a firewall; one that is already gone counts as deleted. */
  deleteFirewall(id: string): Promise<void>;
}

export function networks(send: Transport, onSkipped: OnSkipped): Networks {
  const list = (path: string) => (page: number) => send({ method: 'GET', path, query: { per_page: PAGE_SIZE, page } });
  const remove = async (path: string) => {
    await unlessMissing(send({ method: 'DELETE', path }));
  };
  return {
    vpc: async (uuid) => {
      const answer = await unlessMissing(send({ method: 'GET', path: vpcPath(uuid) }));
      return answer === undefined ? undefined : one('vpc', items.vpc, answer);
    },
    vpcs: () => pages('vpcs', items.vpc, { fetch: list('/v2/vpcs'), onSkipped }),
    natGateways: () => pages('vpc_nat_gateways', items.natGateway, { fetch: list('/v2/vpc_nat_gateways'), onSkipped }),
    createVpc: async (body) => {
      const answer = await send({ method: 'POST', path: '/v2/vpcs', body });
      return made('vpc', items.vpc, { answer, request: 'POST /v2/vpcs' });
    },
    deleteVpc: (uuid) => remove(vpcPath(uuid)),
    createTag: async (name) => {
      const answer = await send({ method: 'POST', path: '/v2/tags', body: { name } });
      return made('tag', items.tag, { answer, request: 'POST /v2/tags' }).name;
    },
    tagDroplet: async (id, tag) => void (await send({ method: 'POST', ...tagging(id, tag) })),
    untagDroplet: async (id, tag) => void (await unlessMissing(send({ method: 'DELETE', ...tagging(id, tag) }))),
    firewalls: async () => {
      const firewalls = await pages('firewalls', items.firewall, { fetch: list('/v2/firewalls'), onSkipped });
      for (const { name, foreign } of firewalls) {
        const count = foreign.inbound.length + foreign.outbound.length;
        if (count > 0)
          onSkipped(`firewall ${name}: belt cannot express ${count} of its rules and leaves them as they are`);
      }
      return firewalls;
    },
    createFirewall: async (order) => {
      const answer = await send({ method: 'POST', path: '/v2/firewalls', body: bodyOf(order) });
      return made('firewall', items.firewall, { answer, request: 'POST /v2/firewalls' });
    },
    updateFirewall: async ({ id, foreign }, order) => {
      const answer = await send({ method: 'PUT', path: firewallPath(id), body: bodyOf(order, foreign) });
      return one('firewall', items.firewall, answer);
    },
    deleteFirewall: (id) => remove(firewallPath(id)),
  };
}

const vpcPath = (uuid: string): string => `/v2/vpcs/${encodeURIComponent(uuid)}`;
const firewallPath = (id: string): string => `/v2/firewalls/${encodeURIComponent(id)}`;

const tagging = (id: number, tag: string) => ({
  path: `/v2/tags/${encodeURIComponent(tag)}/resources`,
  body: { resources: [{ resource_id: String(id), resource_type: 'droplet' }] },
});

/** Includes ports for ICMP too: the API's description requires them in every rule. */
function bodyOf({ name, tags, dropletIds = [], inbound, outbound }: FirewallOrder, foreign?: Firewall['foreign']) {
  const peers = ({ peers: { addresses, tags: named, others } }: RuleOrder) => ({
    ...(addresses.length > 0 && { addresses }),
    ...(named.length > 0 && { tags: named }),
    ...others,
  });
  const rule = ({ protocol, ports }: RuleOrder) => ({ protocol, ports });
  return {
    name,
    tags,
    ...(dropletIds.length > 0 && { droplet_ids: dropletIds }),
    inbound_rules: [...inbound.map((each) => ({ ...rule(each), sources: peers(each) })), ...(foreign?.inbound ?? [])],
    outbound_rules: [
      ...outbound.map((each) => ({ ...rule(each), destinations: peers(each) })),
      ...(foreign?.outbound ?? []),
    ],
  };
}
