// VPCs and cloud firewalls. do-wrapper does not know the one and not all of the other: belt's transport reaches them.
import { checked, pages, unlessMissing } from './answers.ts';
import { PAGE_SIZE } from './paging.ts';
import { answers, type Firewall, type FirewallRule, type Vpc } from './schemas.ts';
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

/** What a firewall is to be. */
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
  createVpc(vpc: { name: string; region: string; description: string }): Promise<Vpc>;
  /** Deletes a VPC; one that is gone already counts as deleted. */
  deleteVpc(uuid: string): Promise<void>;
  /** A tag must exist before a firewall can name it. One that exists is left as it is. */
  createTag(name: string): Promise<void>;
  firewalls(): Promise<Firewall[]>;
  createFirewall(order: FirewallOrder): Promise<Firewall>;
  /** Replaces the firewall whole. */
  updateFirewall(id: string, order: FirewallOrder): Promise<Firewall>;
  /** Deletes a firewall; one that is gone already counts as deleted. */
  deleteFirewall(id: string): Promise<void>;
}

export function networks(send: Transport): Networks {
  const list = (path: string) => (page: number) => send({ method: 'GET', path, query: { per_page: PAGE_SIZE, page } });
  const remove = async (path: string) => {
    await unlessMissing(send({ method: 'DELETE', path }));
  };
  const firewall = async (answer: Promise<unknown>) => checked(answers.firewall, await answer, 'firewall').firewall;
  return {
    vpc: async (uuid) => {
      const answer = await unlessMissing(send({ method: 'GET', path: vpcPath(uuid) }));
      return answer === undefined ? undefined : checked(answers.vpc, answer, 'vpc').vpc;
    },
    vpcs: () => pages('vpcs', answers.vpcs, list('/v2/vpcs')),
    createVpc: async (body) => checked(answers.vpc, await send({ method: 'POST', path: '/v2/vpcs', body }), 'vpc').vpc,
    deleteVpc: (uuid) => remove(vpcPath(uuid)),
    createTag: async (name) => void (await send({ method: 'POST', path: '/v2/tags', body: { name } })),
    firewalls: () => pages('firewalls', answers.firewalls, list('/v2/firewalls')),
    createFirewall: (order) => firewall(send({ method: 'POST', path: '/v2/firewalls', body: bodyOf(order) })),
    updateFirewall: (id, order) => firewall(send({ method: 'PUT', path: firewallPath(id), body: bodyOf(order) })),
    deleteFirewall: (id) => remove(firewallPath(id)),
  };
}

const vpcPath = (uuid: string): string => `/v2/vpcs/${encodeURIComponent(uuid)}`;
const firewallPath = (id: string): string => `/v2/firewalls/${encodeURIComponent(id)}`;

/** Ports are said of ICMP too: the API's description wants them of every rule. */
function bodyOf({ name, tags, dropletIds = [], inbound, outbound }: FirewallOrder) {
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
    inbound_rules: inbound.map((each) => ({ ...rule(each), sources: peers(each) })),
    outbound_rules: outbound.map((each) => ({ ...rule(each), destinations: peers(each) })),
  };
}
