import { expect, test } from 'vitest';
import { swarmPorts } from '../../../src/cluster/firewall.ts';
import type { Context } from '../../../src/context.ts';
import { OwnFirewalls } from '../../../src/fleet/own-firewall.ts';
import type { Node } from '../../../src/model/node.ts';

const node = (id: number): Node => ({ id, name: `node${id}`, publicAddress: `203.0.113.${id}`, tags: [] });
const OPEN = 'Status: inactive\n';
const SHUT = 'Status: active\n\n22/tcp                     LIMIT       Anywhere\n';

/** Nodes whose ufw says this; one without a word cannot be reached. */
function aContext(status: Record<string, string>, user = 'root', interfaces = '') {
  const seen = { asked: [] as string[], warnings: [] as string[], ended: 0 };
  const connect = async ({ name, publicAddress }: Node) => {
    const stdout = status[name];
    if (stdout === undefined) throw new Error('no answer');
    return {
      host: { user, address: publicAddress },
      run: async (command: string) => {
        seen.asked.push(`${name}: ${command}`);
        return { code: 0, stdout: command.startsWith('ip ') ? interfaces : stdout, stderr: '' };
      },
      end: () => seen.ended++,
    };
  };
  const clock = { now: () => 0 };
  const context = {
    clock,
    fleet: async () => ({ connect }),
    out: { warn: (text: string) => seen.warnings.push(text) },
  };
  return { seen, firewalls: new OwnFirewalls(context as unknown as Context) };
}

test('says whose ufw shuts which ports, and what opens them; each is asked once, and one that is out of reach hides no other', async () => {
  const { seen, firewalls } = aContext({ node1: OPEN, node2: SHUT });
  await Promise.all([
    firewalls.check([node(1), node(2)], swarmPorts()),
    firewalls.check([node(1), node(3)], swarmPorts(4790)),
  ]);
  expect(seen).toEqual({
    asked: ['node1: ufw status', 'node2: ufw status'],
    warnings: [
      'ufw on node2 blocks 2377, 7946/tcp and 4789, 7946/udp on eth1: ssh root@203.0.113.2 ufw allow in on eth1',
    ],
    ended: 2,
  });
});

test('the interface is the one with the private address; a private node is told of by belt ssh', async () => {
  const unknown = aContext({ node2: SHUT });
  const found = aContext({ node2: SHUT }, 'root', '2: eth0    inet 10.0.0.2/20 scope global eth0\n');
  const inside = { id: 2, name: 'node2', privateAddress: '10.0.0.2', tags: [] };
  await found.firewalls.check([inside], swarmPorts());
  expect(found.seen.asked).toEqual(['node2: ufw status', 'node2: ip -o -4 addr show to 10.0.0.2/32']);
  expect(found.seen.warnings[0]).toMatch(/ on eth0: belt ssh node2 ufw allow in on eth0$/);
  await unknown.firewalls.check([inside], swarmPorts());
  expect(unknown.seen.warnings[0]).toMatch(/ on eth1: belt ssh node2 ufw allow in on eth1$/);
});

test('another user asks by sudo, which must not ask back', async () => {
  const { seen, firewalls } = aContext({ node2: SHUT }, 'deploy');
  await firewalls.check([node(2)], swarmPorts());
  expect(seen.asked).toEqual(['node2: sudo -n ufw status']);
  expect(seen.warnings[0]).toMatch(/: ssh deploy@203\.0\.113\.2 sudo ufw allow in on eth1$/);
});
