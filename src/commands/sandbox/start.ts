import { fileURLToPath } from 'node:url';
import type { Context } from '../../context.ts';
import { startSandbox } from '../../sandbox/control.ts';
import { SUBSTITUTES } from '../../sandbox/engine-hosts/slugs.ts';
import { type HostKind, parseRateLimit } from '../../sandbox/options.ts';
import { buildMissing } from './images.ts';
import { imagesFolder, type NamedSandbox, nameFlag, sandboxFolder, tellKept } from './place.ts';

export interface SandboxStartOptions extends NamedSandbox {
  bootSeconds: number;
  apiLatency: number;
  /** Seconds. */
  listLag: number;
  seed: number;
  fault?: string[];
  dropletLimit: number;
  rateLimit: string;
  droplets: number;
  hosts: HostKind;
}

/** `belt sandbox start` — an embedded DigitalOcean in the background; returns when it answers. */
export async function sandboxStart(context: Context, options: SandboxStartOptions): Promise<void> {
  const limits = options.hosts === 'engine' ? await engineLimits(context) : [];
  if (options.hosts === 'engine') await buildMissing(context);
  const info = await startSandbox({
    folder: sandboxFolder(context),
    name: options.name,
    options: {
      hosts: options.hosts,
      bootSeconds: options.bootSeconds,
      apiLatencyMs: options.apiLatency,
      listLagMs: options.listLag * 1000,
      seed: options.seed,
      faults: options.fault ?? [],
      dropletLimit: options.dropletLimit,
      ...parseRateLimit(options.rateLimit),
      droplets: options.droplets,
    },
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

async function engineLimits(context: Context): Promise<string[]> {
  const { requireEngineHosts } = await import('./doctor.ts');
  return await requireEngineHosts(context);
}
