// What the sandbox serves to droplets: asked over HTTP, as they do.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerDocker } from '../../../src/sandbox/engine-hosts/docker-packages.ts';
import { answerMetadata } from '../../../src/sandbox/engine-hosts/metadata.ts';
import { answerFromMirror } from '../../../src/sandbox/engine-hosts/mirror.ts';
import type { Machine } from '../../../src/sandbox/types.ts';

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function served(listener: RequestListener): Promise<number> {
  const server = http.createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Not by fetch, which takes dots out of a path. */
function ask(port: number, path: string, headers = {}): Promise<{ code: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, path, headers, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ code: answer.statusCode, text }));
    });
    request.on('error', reject);
  });
}

const MACHINE = {
  id: 7,
  name: 'node1',
  region: 'sgp1',
  publicAddress: '198.18.0.3',
  privateAddress: '10.104.0.2',
  authorizedKeys: ['ssh-ed25519 AAAA me', 'ssh-ed25519 BBBB you'],
  userData: '#!/bin/sh\n',
  tags: () => ['belt', 'web'],
} as unknown as Machine;

describe('the metadata service', () => {
  it.each([
    ['/metadata/v1/id', '7'],
    ['/metadata/v1/user-data', '#!/bin/sh\n'],
    ['/metadata/v1/tags', 'belt\nweb'],
    ['/metadata/v1/interfaces/private/0/ipv4/address', '10.104.0.2'],
    ['/metadata/v1/interfaces/', 'public/\nprivate/'],
    ['/metadata/v1/', 'id\nhostname\nuser-data\npublic-keys\nregion\ninterfaces/\ntags'],
  ])('%s', async (path, text) => {
    const port = await served((...both) => answerMetadata(MACHINE, ...both));
    expect(await ask(port, path)).toEqual({ code: 200, text });
  });

  it('tells all of it as JSON, and nothing to whom it does not know or of what there is not', async () => {
    const port = await served((...both) => answerMetadata(MACHINE, ...both));
    expect(JSON.parse((await ask(port, '/metadata/v1.json')).text)).toMatchObject({
      droplet_id: 7,
      tags: ['belt', 'web'],
    });
    for (const path of ['/metadata/v1/no', '/metadata/v1/constructor', '/', '/metadata/v1/id/deeper']) {
      expect(await ask(port, path)).toEqual({ code: 404, text: 'not found' });
    }
    const strange = await served((...both) => answerMetadata(undefined, ...both));
    expect(await ask(strange, '/metadata/v1/user-data')).toEqual({ code: 404, text: 'not found' });
  });
});

describe('Docker’s packages', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'belt-served-'));
    mkdirSync(join(folder, 'repository'));
    writeFileSync(join(folder, 'repository/gpg'), 'key');
    writeFileSync(join(folder, 'secret'), 'secret');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are those of the repository, and no other file', async () => {
    const port = await served(answerDocker(join(folder, 'repository')));
    expect(await ask(port, '/linux/debian/gpg')).toEqual({ code: 200, text: 'key' });
    for (const path of [
      '/linux/debian/../secret',
      '/linux/debian/%2e%2e/secret',
      '/linux/debian/',
      '/linux/debian/%',
    ]) {
      expect((await ask(port, path)).code).toBe(404);
    }
    expect((await ask(port, '/', { host: 'get.docker.com' })).text).toMatch(/^#!\/bin\/sh\n/);
  });
});

describe('the distribution’s packages', () => {
  it('come from the machine’s mirror; one that does not answer is a bad gateway', async () => {
    const mirror = await served((request, response) => response.end(`mirror: ${request.url}`));
    const lines: string[] = [];
    const at = (url: string) => served((...both) => answerFromMirror(url, ...both, (line) => lines.push(line)));
    const port = await at(`http://127.0.0.1:${mirror}/archive/debian`);
    expect(await ask(port, '/archive/debian/dists/forky/InRelease')).toEqual({
      code: 200,
      text: 'mirror: /archive/debian/dists/forky/InRelease',
    });
    expect((await ask(port, '/debian/elsewhere')).code).toBe(404);
    expect((await ask(await at('http://127.0.0.1:1'), '/debian/x')).code).toBe(502);
    expect(lines).toEqual([expect.stringMatching(/^the mirror 127\.0\.0\.1:1 does not answer: /)]);
  });
});
