// A node's own firewall, besides the cloud's: DigitalOcean's images with Docker have ufw enabled, which blocks a swarm's ports even within the
// VPC. belt's boot hook fixes that on droplets that belt creates; on others there is a warning.
import { portList } from '../cluster/firewall.ts';
import { shutByUfw } from '../cluster/ufw.ts';
import type { OpenPort } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';

/** Where a droplet's VPC is, beside a public address. */
const USUAL_INTERFACE = 'eth1';
/** Who joins may be waiting to be told. */
const LOOK_MS = 10_000;

/** The nodes' own firewalls during one command: each is checked once. */
export class OwnFirewalls {
  readonly #context: Context;
  readonly #looks = new Map<number, Promise<void>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Warns which of the ports ufw blocks on these nodes, and how to open them. Skips a node that cannot be reached. */
  async check(nodes: readonly Node[], ports: readonly OpenPort[]): Promise<void> {
    const look = async (node: Node): Promise<void> => {
      try {
        await this.#check(node, ports);
      } catch (error) {
        this.#context.trace?.(`${node.name} cannot query its own firewall: ${messageOf(error)}`);
      }
    };
    await Promise.all(
      nodes.map((node) => {
        const looking = this.#looks.get(node.id) ?? look(node);
        this.#looks.set(node.id, looking);
        return looking;
      }),
    );
  }

  /** The interface that has the node's private address. */
  async #interface(connection: Connection, { privateAddress }: Node): Promise<string> {
    if (privateAddress === undefined) return USUAL_INTERFACE;
    const { signal } = this.#context;
    const command = `ip -o -4 addr show to ${privateAddress}/32`;
    const { stdout } = await connection.run(command, { signal, timeoutMs: LOOK_MS });
    return /^\d+: *([^\s@]+)/.exec(stdout)?.[1] ?? USUAL_INTERFACE;
  }

  async #check(node: Node, ports: readonly OpenPort[]): Promise<void> {
    const { clock, out, signal } = this.#context;
    const connection = await (await this.#context.fleet()).connect(node, { deadline: clock.now() + LOOK_MS });
    try {
      const { user, address } = connection.host;
      const sudo = user === 'root' ? '' : 'sudo ';
      const { stdout } = await connection.run(`${sudo && 'sudo -n '}ufw status`, { signal, timeoutMs: LOOK_MS });
      const at = /^Status: active/m.test(stdout) ? await this.#interface(connection, node) : USUAL_INTERFACE;
      const shut = shutByUfw(stdout, ports, at);
      if (shut.length === 0) return;
      const ssh = node.publicAddress === undefined ? `belt ssh ${node.name}` : `ssh ${user}@${address}`;
      const remedy = `${ssh} ${sudo}ufw allow in on ${at}`;
      out.warn(`ufw on ${node.name} blocks ${portList(shut)} on ${at}: ${remedy}`, { node: node.name });
    } finally {
      connection.end();
    }
  }
}
