// A repository that the user cloned, whose files may be somebody else's, beside a folder of the user's own with node1 in its cluster.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { newKeyPair } from '../../src/new-key.ts';
import { api } from './probe.ts';
import type { AnyWorld } from './world.ts';

export const SETTINGS = 'digitalocean: {region: sgp1, image: docker-20-04}\n';

export interface Clone {
  path: string;
  write(name: string, text: string, mode?: number): void;
  /** Puts a private key there that its `.belt.yaml` names. */
  writeKey(): void;
}

/** Starts the sandbox of the world before the tests of this file, and gives the repository. */
export function cloned(w: AnyWorld<never>): Clone {
  const path = join(w.home, 'repo');
  beforeAll(async () => {
    await w.sandbox();
    w.write('.belt.yaml', SETTINGS);
    expect((await w.belt('create 512mb node1')).code).toBe(0);
    mkdirSync(path);
  });
  const write = (name: string, text: string, mode = 0o644) => {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text, { mode });
    chmodSync(join(path, name), mode);
  };
  const writeKey = () => {
    write('.belt.yaml', 'digitalocean:\n  region: sgp1\n  image: docker-20-04\n  ssh_key_path: deploy_key\n');
    write('deploy_key', newKeyPair('deploy').privateKey, 0o600);
  };
  return { path, write, writeKey };
}

/** How many keys the account has. */
export const keysInAccount = async (w: AnyWorld<never>): Promise<number> =>
  ((await api(w, 'GET', '/v2/account/keys')) as { ssh_keys: unknown[] }).ssh_keys.length;
