// What of a service is about its containers.

import { by, given, some } from './bodies.ts';
import { environmentOf, labelsOf } from './environment.ts';
import { HEALTH_KEYS } from './known-keys.ts';
import { mountsOf } from './mounts.ts';
import { Reader } from './read.ts';
import { quoted } from './report.ts';
import type { ConfigReference, ContainerSpec, Healthcheck, Privileges, SecretReference } from './spec.ts';
import { type DeclaredVolume, type StackContext, stackLabels } from './stack-context.ts';
import type { Value } from './tree.ts';
import { checkKeys } from './unknown-keys.ts';

interface Parts {
  image: string;
  volumes: ReadonlyMap<string, DeclaredVolume>;
  configs: ConfigReference[];
  secrets: SecretReference[];
}

export function containerOf(context: StackContext, service: Reader, parts: Parts): ContainerSpec {
  const capabilities = capabilitiesOf(service);
  const sysctls = service.labels('sysctls');
  return some<ContainerSpec>({
    Image: parts.image,
    Labels: stackLabels(context, labelsOf(context, service)),
    Command: service.words('entrypoint'),
    Args: service.words('command'),
    Hostname: service.text('hostname'),
    Env: filled(environmentOf(context, service)),
    Dir: service.text('working_dir'),
    User: service.text('user'),
    Groups: filled(service.texts('group_add')),
    Privileges: privilegesOf(service),
    Init: service.boolean('init'),
    TTY: service.boolean('tty') || undefined,
    OpenStdin: service.boolean('stdin_open') || undefined,
    ReadOnly: service.boolean('read_only') || undefined,
    Mounts: filled(mountsOf(context, service, parts.volumes)),
    StopSignal: service.text('stop_signal'),
    StopGracePeriod: service.duration('stop_grace_period'),
    Healthcheck: healthcheckOf(service),
    Hosts: filled(hostsOf(service)),
    DNSConfig: dnsOf(service),
    Configs: filled(parts.configs),
    Secrets: filled(parts.secrets),
    Isolation: service.text('isolation'),
    Sysctls: Object.keys(sysctls).length === 0 ? undefined : sysctls,
    CapabilityAdd: filled(capabilities.add),
    CapabilityDrop: filled(capabilities.drop),
    Ulimits: filled(ulimitsOf(service)),
    OomScoreAdj: service.integer('oom_score_adj', { least: -1000, most: 1000 }) || undefined,
  });
}

const filled = <T>(list: T[]): T[] | undefined => (list.length === 0 ? undefined : list);

function healthcheckOf(service: Reader): Healthcheck | undefined {
  const value = service.get('healthcheck');
  if (value === undefined) return undefined;
  const check = service.inner('healthcheck');
  checkKeys(check, HEALTH_KEYS);
  const test = check.get('test');
  if (check.boolean('disable')) {
    if (test) service.report.error(test, 'healthcheck: test and disable cannot both be given');
    return { Test: ['NONE'] };
  }
  return some<Healthcheck>({
    Test: test?.kind === 'scalar' ? ['CMD-SHELL', test.text] : filled(check.texts('test')),
    Interval: check.duration('interval'),
    Timeout: check.duration('timeout'),
    Retries: check.integer('retries'),
    StartPeriod: check.duration('start_period'),
    StartInterval: check.duration('start_interval'),
  });
}

/** `NAME:ADDRESS` as /etc/hosts has it; those of a mapping are sorted, as Docker sends them. */
function hostsOf(service: Reader): string[] {
  const value = service.get('extra_hosts');
  const lines =
    value?.kind === 'mapping'
      ? service
          .entries('extra_hosts')
          .flatMap(([name, one]) => hostLines(name, one))
          .sort()
      : service.texts('extra_hosts');
  return lines.flatMap((line) => {
    const [, name, address] = /^([^:=]+)[:=](.+)$/.exec(line) ?? [];
    if (name === undefined) service.report.error(value!, `extra_hosts: ${quoted(line)} is not NAME:ADDRESS`);
    return name === undefined ? [] : [`${address!.replace(/^\[(.*)\]$/, '$1')} ${name}`];
  });
}

/** In a mapping a name may have several addresses. */
function hostLines(name: string, value: Value): string[] {
  const all = value.kind === 'list' ? value.items : [value];
  return all.map((item) => `${name}:${item.kind === 'scalar' ? item.text : ''}`);
}

function dnsOf(service: Reader): ContainerSpec['DNSConfig'] {
  return given({
    Nameservers: filled(service.texts('dns')),
    Search: filled(service.texts('dns_search')),
    Options: filled(service.texts('dns_opt')),
  });
}

/** As Docker's tools write them: CAP_NET_ADMIN, sorted, those that are added not dropped. */
function capabilitiesOf(service: Reader): { add: string[]; drop: string[] } {
  const [add, drop] = ['cap_add', 'cap_drop'].map((key) => {
    const all = [...new Set(service.texts(key).map(capability))];
    return all.includes('ALL') ? ['ALL'] : all.sort();
  }) as [string[], string[]];
  return { add, drop: drop.filter((one) => !add.includes(one)) };
}

function capability(text: string): string {
  const name = text.trim().toUpperCase();
  return name === 'ALL' || name.startsWith('CAP_') ? name : `CAP_${name}`;
}

/** -1: no limit. */
const ULIMIT = { least: -1, most: Number.MAX_SAFE_INTEGER };

function ulimitsOf(service: Reader): NonNullable<ContainerSpec['Ulimits']> {
  const all = service.entries('ulimits').flatMap(([name, value]) => {
    const reader =
      value.kind === 'scalar' ? service.inner('ulimits') : new Reader(value, service.report, `ulimits.${name}`);
    const [soft, hard] =
      value.kind === 'scalar'
        ? [reader.integer(name, ULIMIT), reader.integer(name, ULIMIT)]
        : [reader.integer('soft', ULIMIT), reader.integer('hard', ULIMIT)];
    return soft === undefined || hard === undefined ? [] : [{ Name: name, Soft: soft, Hard: hard }];
  });
  return all.sort(by(({ Name }) => Name));
}

/** The id of the config that is a credential spec is unknown here, as in the references. */
function privilegesOf(service: Reader): Privileges | undefined {
  if (!service.has('credential_spec')) return undefined;
  const spec = service.inner('credential_spec');
  const CredentialSpec = given({
    Config: spec.text('config'),
    File: spec.text('file'),
    Registry: spec.text('registry'),
  });
  return given<Privileges>({ CredentialSpec });
}
