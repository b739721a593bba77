// One service of the files → the spec that `docker stack deploy` would send (docker/cli, cli/compose/convert/service.go).

import { some } from './bodies.ts';
import { containerOf } from './container.ts';
import { type Reference, referencesOf } from './data.ts';
import { isJob, modeOf, placementOf, resourcesOf, restartOf, updateOf } from './deploy.ts';
import type { At, Dependency, DesiredBuild, DesiredNetwork, DesiredService } from './desired.ts';
import { DEPLOY_KEYS, SERVICE_KEYS } from './known-keys.ts';
import { named } from './merge.ts';
import { attachmentsOf } from './networks.ts';
import { endpointOf, type PortAt, portsOf } from './published.ts';
import { Reader } from './read.ts';
import { quoted } from './report.ts';
import type { ConfigReference, SecretReference, ServiceSpec, TaskSpec } from './spec.ts';
import { type Declared, type StackContext, scoped, stackLabels } from './stack-context.ts';
import { IMAGE } from './stack-name.ts';
import type { Entry, Value } from './tree.ts';
import { checkKeys } from './unknown-keys.ts';

/** A service, and what is needed to say more about it. */
export interface ReadService {
  desired: DesiredService;
  reader: Reader;
  ports: PortAt[];
}

export function readService(
  context: StackContext,
  name: string,
  { at, value }: Entry,
  declared: Declared & { networks: Map<string, DesiredNetwork> },
): ReadService {
  const reader = new Reader(value, context.report);
  const deploy = reader.inner('deploy');
  checkKeys(reader, SERVICE_KEYS);
  checkKeys(deploy, DEPLOY_KEYS);
  const [configs, secrets] = [configsOf(reader, declared), secretsOf(reader, declared)];
  const ports = portsOf(reader);
  const image = imageOf(context, reader, { name, at });
  const Mode = modeOf(reader, deploy);
  const references = {
    configs: configs.map(({ reference }) => reference),
    secrets: secrets.map(({ reference }) => reference),
  };
  const spec = some<ServiceSpec>({
    Name: scoped(context, name),
    Labels: { ...stackLabels(context, deploy.labels('labels')), [IMAGE]: image },
    TaskTemplate: some<TaskSpec>({
      ContainerSpec: containerOf(context, reader, { image, volumes: declared.volumes, ...references }),
      Resources: resourcesOf(reader, deploy),
      RestartPolicy: restartOf(reader, deploy),
      Placement: placementOf(deploy),
      Networks: attachmentsOf(context, reader, name, declared.networks),
      LogDriver: logDriverOf(reader),
    }),
    Mode,
    UpdateConfig: updateOf(deploy, 'update_config', Mode),
    RollbackConfig: updateOf(deploy, 'rollback_config', Mode),
    EndpointSpec: isJob(Mode) ? undefined : endpointOf(deploy, ports),
  });
  const desired = some<DesiredService>({
    name,
    spec,
    dependsOn: dependenciesOf(reader),
    configs,
    secrets,
    build: buildOf(context, reader),
    isUnbuilt: context.builds === 'later' && !reader.text('image') && reader.has('build') ? true : undefined,
    platform: reader.text('platform'),
    at,
  });
  return { desired, reader, ports };
}

const NO_BUILD =
  'build it here and put it on the nodes: belt deploy --push; or push it to a registry and name it here: image: …';

/** One that is built has the name that Compose gives it, where the file gives none. No node has what is built here. */
function imageOf(context: StackContext, service: Reader, { name, at }: { name: string; at: At }): string {
  const { report } = context;
  const image = service.text('image');
  const build = service.get('build');
  if (image !== undefined && image !== '') {
    if (build && context.builds !== 'now') report.drop(build, `build: the image is not built, the nodes pull ${image}`);
    if (!IMAGE_NAME.test(image))
      report.error(service.get('image')!, `image ${quoted(image)} is not the name of an image`);
    return image;
  }
  if (build && context.builds === 'later') report.warn(build, 'its image is what belt deploy --push builds');
  else if (build && !context.builds)
    report.error(build, 'it has no image that nodes can pull: build: alone is not enough', { hint: NO_BUILD });
  else if (!build) report.error(at, 'it has no image');
  return `${context.name}-${name}`;
}

const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
/** [HOST[:PORT]/]PATH[:TAG][@DIGEST], as github.com/distribution/reference has it. */
const IMAGE_NAME = new RegExp(
  `^(?:(?:[a-zA-Z\\d.-]+|\\[[\\da-fA-F:]+\\])(?::\\d+)?/)?${PART}(?:/${PART})*(?::\\w[\\w.-]{0,127})?(?:@[\\w+.-]+:[\\da-fA-F]{32,})?$`,
);

function logDriverOf(service: Reader): TaskSpec['LogDriver'] {
  if (!service.has('logging')) return undefined;
  const logging = service.inner('logging');
  const Options = logging.labels('options');
  return { Name: logging.text('driver') ?? '', ...(Object.keys(Options).length > 0 && { Options }) };
}

type Referring<R> = { key: string; reference: R }[];

function secretsOf(service: Reader, { secrets }: Declared): Referring<SecretReference> {
  return referencesOf(service, 'secrets', secrets).map(({ key, data, file }) => ({
    key,
    reference: { File: file, SecretID: '', SecretName: data.name },
  }));
}

function configsOf(service: Reader, { configs }: Declared): Referring<ConfigReference> {
  const files = referencesOf(service, 'configs', configs).map(({ key, data, file }: Reference) => ({
    key,
    reference: { File: file, ConfigID: '', ConfigName: data.name },
  }));
  const spec = service.inner('credential_spec').text('config');
  const data = configs.get(spec ?? '');
  return data ? [...files, { key: data.key, reference: { Runtime: {}, ConfigID: '', ConfigName: data.name } }] : files;
}

const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;

function dependenciesOf(service: Reader): Dependency[] {
  const value = service.get('depends_on');
  if (value === undefined) return [];
  const all = new Reader(named(value), service.report, 'depends_on').all();
  return all.map(([name, one]) => {
    const reader = new Reader(one, service.report, `depends_on.${name}`);
    return { service: name, condition: reader.oneOf('condition', CONDITIONS) ?? 'service_started', at: one.at };
  });
}

const BUILD_KEYS = ['context', 'dockerfile', 'args', 'target'];

function buildOf(stack: StackContext, service: Reader): DesiredBuild | undefined {
  const { files, builds, report } = stack;
  const value = service.get('build');
  if (value === undefined) return undefined;
  const build = new Reader(value.kind === 'scalar' ? undefined : value, service.report, 'build');
  const other = build.all().find(([key]) => !BUILD_KEYS.includes(key) && !key.startsWith('x-'));
  if (builds === 'now' && other) {
    report.error(other[1], `build.${other[0]} is not honoured by --push, which has ${BUILD_KEYS.join(', ')}`, {
      hint: 'build it with docker compose build, and leave build: out',
    });
  }
  const context = value.kind === 'scalar' ? value.text : (build.text('context') ?? '.');
  return some<DesiredBuild>({
    context: isUrl(context) ? context : files.resolve((contextValue(build) ?? value).folder, context),
    dockerfile: build.text('dockerfile'),
    args: argsOf(stack, build),
    target: build.text('target'),
  });
}

/** A name without a value has that of the environment, or is left to the Dockerfile. */
function argsOf({ variables }: StackContext, build: Reader): Record<string, string> {
  const given = build.pairs('args').flatMap(([name, value]): [string, string][] => {
    const text = value.value === null ? variables.lookup(name) : build.said(value, `args.${name}`);
    return text === undefined ? [] : [[name, text]];
  });
  return Object.fromEntries(given);
}

/** Whose folder the context counts from: in a merged file that of the part that says it. */
const contextValue = (build: Reader): Value | undefined => build.get('context');

const isUrl = (text: string): boolean => /^(?:\w+:\/\/|git@|github\.com\/)/.test(text);
