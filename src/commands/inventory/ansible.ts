// Ansible's inventory in YAML (https://docs.ansible.com/ansible/latest/collections/ansible/builtin/yaml_inventory.html).
import { Document, Scalar, visit } from 'yaml';
import type { Role } from '../../model/swarm-node.ts';
import { quoteWord } from '../../quote.ts';
import type { InventoryHost } from './host.ts';

/** The text: groups `managers` and `workers`, and the others ungrouped. */
export function ansibleInventory(hosts: readonly InventoryHost[]): string {
  const group = (role: Role | null) => ({
    hosts: Object.fromEntries(hosts.filter((host) => host.role === role).map((host) => [host.name, variables(host)])),
  });
  const all = { managers: group('manager'), workers: group('worker'), ungrouped: group(null) };
  const children = Object.fromEntries(
    Object.entries(all).filter(([, { hosts: some }]) => Object.keys(some).length > 0),
  );
  // Ansible reads YAML 1.1, to which `on` and `no` are no text.
  const document = new Document({ all: { children } }, { schema: 'yaml-1.1', version: '1.2' });
  visit(document, {
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string') return;
      node.value = node.value.replaceAll(/\p{Cs}/gu, '\ufffd');
      node.type = Scalar.QUOTE_DOUBLE;
      // Ansible would fill in what stands in braces.
      if (/\{[{%#]/.test(node.value as string)) node.tag = '!unsafe';
    },
  });
  return document.toString({ lineWidth: 0 }).replace(HIDDEN, escaped);
}

/** What would steer a terminal, or is not seen. All of it stands in double quotes. */
const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const escaped = (found: string): string => `\\U${found.codePointAt(0)!.toString(16).padStart(8, '0')}`;

const variables = (host: InventoryHost) => ({
  ansible_host: host.address,
  ansible_port: host.port,
  ansible_user: host.user,
  ...(host.keyPath !== undefined && { ansible_ssh_private_key_file: host.keyPath }),
  ansible_ssh_common_args: host.sshSettings
    .map(([keyword, value]) => `-o ${quoteWord(`${keyword}=${value}`)}`)
    .join(' '),
  belt_id: host.id,
  belt_cluster: host.cluster,
  belt_region: host.region,
  belt_size: host.size,
  ...(host.privateAddress !== null && { belt_private_address: host.privateAddress }),
});
