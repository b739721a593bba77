import { describe, expect, test } from 'vitest';
import { portList, swarmPorts } from '../../../src/cluster/firewall.ts';
import { shutByUfw } from '../../../src/cluster/ufw.ts';

/** As `ufw status` prints it on DigitalOcean's image with Docker. */
const ONE_CLICK = `Status: active

To                         Action      From
--                         ------      ----
22/tcp                     LIMIT       Anywhere
2375/tcp                   ALLOW       Anywhere
2376/tcp                   ALLOW       Anywhere
22/tcp (v6)                LIMIT       Anywhere (v6)
2375/tcp (v6)              ALLOW       Anywhere (v6)
`;

const withRules = (...rules: string[]): string => `${ONE_CLICK}${rules.map((rule) => `${rule}\n`).join('')}`;
const shut = (status: string): string => portList(shutByUfw(status, swarmPorts(), 'eth1'));
const ALL = '2377, 7946/tcp and 4789, 7946/udp';

describe('what ufw shuts of the swarm’s ports on the VPC', () => {
  test.each([
    ['the image as it is', ONE_CLICK, ALL],
    ['off', 'Status: inactive\n', ''],
    ['no ufw at all', '', ''],
    [
      'opened by belt’s hook',
      withRules(
        ...['2377/tcp', '7946/tcp', '7946/udp', '4789/udp'].map(
          (one) => `${`${one} on eth1`.padEnd(27)}ALLOW       Anywhere`,
        ),
      ),
      '',
    ],
    ['the whole interface', withRules('Anywhere on eth1           ALLOW       Anywhere'), ''],
    ['another interface', withRules('Anywhere on eth0           ALLOW       Anywhere'), ALL],
    ['verbose words', withRules('Anywhere on eth1           ALLOW IN    Anywhere'), ''],
    ['going out', withRules('Anywhere on eth1           ALLOW OUT   Anywhere'), ALL],
    ['of both protocols', withRules('7946                       ALLOW       10.0.0.0/8'), '2377/tcp and 4789/udp'],
    ['a range', withRules('2000:8000/tcp              ALLOW       Anywhere'), '4789, 7946/udp'],
    ['a list', withRules('4789,7946/udp              ALLOW       Anywhere'), '2377, 7946/tcp'],
    ['limited', withRules('2377/tcp                   LIMIT       Anywhere'), '7946/tcp and 4789, 7946/udp'],
    [
      'for one address of the droplet',
      withRules('10.0.0.2 2377/tcp          ALLOW       Anywhere'),
      '7946/tcp and 4789, 7946/udp',
    ],
    ['of IPv6 alone', withRules('2377/tcp (v6)              ALLOW       Anywhere (v6)'), ALL],
    ['refused in words', withRules('2377/tcp                   DENY        Anywhere'), ALL],
    ['an application’s name', withRules('Nginx Full                 ALLOW       Anywhere'), ALL],
  ])('%s', (_, status, expected) => {
    expect(shut(status)).toBe(expected);
  });
});
