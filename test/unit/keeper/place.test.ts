import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keeperPlace, keeperPlaces, makeFolder } from '../../../src/keeper/place.ts';

const OWNER = { account: '/state', cluster: 'default' };
let root: string;
const servers: Server[] = [];
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-place-'));
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(root, { recursive: true });
});

const folder = (name: string) => {
  const path = join(root, name);
  mkdirSync(path, { mode: 0o700 });
  return path;
};

test('a keeper of a login is found from where no XDG_RUNTIME_DIR is set, where its folder is the user’s alone', async () => {
  const [login, own] = [folder('login'), folder('own')];
  const env = { TMPDIR: own };
  const there = keeperPlace({ XDG_RUNTIME_DIR: login }, OWNER);
  expect(keeperPlaces(env, OWNER, login)).toEqual([keeperPlace(env, OWNER)]);
  makeFolder(there);
  const before = process.umask(0o177);
  servers.push(
    await new Promise<Server>((resolve) => {
      const server = createServer().listen(there.socket, () => resolve(server));
    }),
  );
  process.umask(before);
  expect(keeperPlaces(env, OWNER, login)).toEqual([keeperPlace(env, OWNER), there]);
  chmodSync(there.folder, 0o755);
  expect(keeperPlaces(env, OWNER, login)).toEqual([keeperPlace(env, OWNER)]);
  chmodSync(there.folder, 0o700);
  chmodSync(login, 0o755);
  expect(keeperPlaces(env, OWNER, login)).toEqual([keeperPlace(env, OWNER)]);
});
