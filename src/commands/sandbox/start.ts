import { fileURLToPath } from 'node:url';
import { command, flag, list, number, oneOfOr, textOr, type Values, whole } from '../../cli/command.ts';
import { sandboxName } from '../../cli/options.ts';
import type { Context } from '../../context.ts';
import { startSandbox } from '../../sandbox/control.ts';
import { SUBSTITUTES } from '../../sandbox/engine-hosts/slugs.ts';
import { parseRateLimit, type SandboxOptions } from '../../sandbox/options.ts';
import { buildMissing } from './images.ts';
import { imagesFolder, nameFlag, sandboxFolder, tellKept } from './place.ts';

const options = {
  name: sandboxName,
  bootSeconds: number('<mean>', 2, 'how long droplets take to become active'),
  apiLatency: number('<ms>', 20, 'how long each API request takes'),
  listLag: number('<seconds>', 2, 'how far lists of droplets may lag behind at most'),
  seed: whole('<n>', 1, 'the same seed gives the same times and ids'),
  fault: list('<spec>', 'something to break, KIND[=COUNT][@WHERE]; an unknown KIND lists them all; repeatable'),
  dropletLimit: whole('<n>', 1000, 'how many droplets the account may have'),
  rateLimit: textOr('<minute/hour>', '250/5000', 'API requests a minute and an hour; /N more: lists of keys a minute'),
  droplets: whole('<n>', 0, 'droplets that exist from the start, without hosts'),
  newAccount: flag('no region has a VPC yet: the first one made there becomes its default'),
  hosts: oneOfOr(
    '<kind>',
    ['simulated', 'engine'],
    'simulated',
    'what droplets are: engine boots Debian with a real Docker (Linux, root)',
  ),
};

export type SandboxStartOptions = Values<typeof options>;

export default command({
  summary: 'start a sandbox in the background',
  options,
  examples: [
    ['belt sandbox start && eval "$(belt sandbox env)"', 'then belt talks to it'],
    ['belt sandbox start --hosts engine', 'droplets with a real Docker; belt sandbox doctor says whether they can run'],
    ['belt sandbox start --boot-seconds 30 --api-latency 150', 'as slow as the real one'],
    ['belt sandbox start --fault errored@node3 --fault 429=20', 'with a failing droplet and a burst of 429s'],
    ['belt sandbox start --fault no-ssh@node2 --fault engine-late=30@node3', 'with hosts that misbehave'],
  ],
  run: (context, _given, options) => sandboxStart(context, options),
});

/** `belt sandbox start` — an embedded DigitalOcean in the background; returns when it answers. */
async function sandboxStart(context: Context, options: SandboxStartOptions): Promise<void> {
  const limits = options.hosts === 'engine' ? await engineLimits(context) : [];
  if (options.hosts === 'engine') await buildMissing(context);
  const info = await startSandbox({
    folder: sandboxFolder(context),
    name: options.name,
    options: sandboxOptions(options),
    imagesFolder: imagesFolder(context),
    // Beside the bundle that this is part of.
    daemonPath: fileURLToPath(new URL('./sandbox/sandbox.js', import.meta.url)),
    execPath: process.execPath,
  });
  tellKept(context, info.kept);
  if (context.out.json)
    return context.out.document({ name: info.name, apiUrl: info.apiUrl, sshPort: info.sshPort, pid: info.pid });
  context.out.line(`sandbox "${info.name}" is running at ${info.apiUrl}`);
  if (options.hosts === 'engine') context.out.note(SUBSTITUTES);
  for (const limit of limits) context.out.note(limit);
  context.out.note(`point belt at it: eval "$(belt sandbox env${nameFlag(options.name)})"`);
}

/** What a sandbox is told, from what a user types. @throws UsageError for a rate limit that cannot be read */
export const sandboxOptions = (given: SandboxStartOptions): Partial<SandboxOptions> => ({
  hosts: given.hosts,
  bootSeconds: given.bootSeconds,
  apiLatencyMs: given.apiLatency,
  listLagMs: given.listLag * 1000,
  seed: given.seed,
  faults: given.fault ?? [],
  dropletLimit: given.dropletLimit,
  ...parseRateLimit(given.rateLimit),
  droplets: given.droplets,
  newAccount: given.newAccount ?? false,
});

async function engineLimits(context: Context): Promise<string[]> {
  const { requireEngineHosts } = await import('./engine-hosts.ts');
  return await requireEngineHosts(context);
}
