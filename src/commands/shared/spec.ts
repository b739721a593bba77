// The cluster that the .belt.yaml in use describes, with what its settings say where a group says nothing.
import { currentSize } from '../../cloud/sizes.ts';
import { type ClusterSpec, type EngineSpec, type NodeGroup, PLAIN_ENGINE } from '../../config/cluster/types.ts';
import { type ConfigFile, findConfigFile } from '../../config/find.ts';
import { nodeFiles, type Settings } from '../../config/index.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';

/** @throws UsageError when there is no file, or no cluster in it, or something in it will not do */
export async function clusterSpec(context: Context): Promise<ClusterSpec> {
  const { out } = context;
  const file = configFile(context);
  if (!file) {
    throw new UsageError('there is no .belt.yaml that describes a cluster', {
      hint: 'write one with cluster: {managers: {nodes: "node[1:3]"}} (every key: .belt.yaml.example)',
    });
  }
  const { readCluster } = await import('../../config/cluster/read.ts');
  const { spec, warnings } = readCluster(file);
  for (const warning of warnings) out.warn(warning);
  const settings = await context.settings();
  // BELT_CLUSTER beats the file, as every variable does.
  return { ...spec, name: settings.cluster, groups: spec.groups.map((group) => withSettings(group, settings)) };
}

/** The engine of droplets that are made without a cluster in the file, too. @throws UsageError when it will not do */
export async function engineSpec(context: Context): Promise<EngineSpec> {
  const file = configFile(context);
  // Most files say nothing of it, and reading them again takes its time.
  if (!file || !/\bengine\b/.test(file.text)) return PLAIN_ENGINE;
  const { readEngine } = await import('../../config/cluster/read.ts');
  const { engine, warnings } = readEngine(file);
  for (const warning of warnings) context.out.warn(warning);
  return engine;
}

function configFile({ cwd, home, options }: Context): ConfigFile | undefined {
  const named = options.config === undefined ? {} : { configFile: options.config };
  return findConfigFile({ cwd, home, files: nodeFiles, ...named });
}

function withSettings(group: NodeGroup, settings: Settings): NodeGroup {
  const size = group.size ?? settings.size;
  const image = group.image ?? settings.image;
  const region = group.region ?? settings.region;
  return {
    ...group,
    ...(size !== undefined && { size: currentSize(size) }),
    ...(image !== undefined && { image }),
    ...(region !== undefined && { region }),
  };
}
