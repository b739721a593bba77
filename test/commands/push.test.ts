// `belt push` on simulated hosts: what a user types, sees and sends.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { world } from '../support/belt.ts';
import { config, type Files, layout, saved, sha256, tar, writeFolder } from '../support/images.ts';
import { localEngine } from '../support/local-engine.ts';
import { lines } from '../support/probe.ts';

const reference = (name: string, layers: readonly string[], architecture?: string) =>
  `127.0.0.1:1/${name}:${sha256(config(layers, architecture)).slice(0, 20)}`;

describe('belt push', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox('--fault no-ssh@down1');
    await w.belt('create 512mb node[1:3]');
    await w.belt('create 512mb down1 --timeout 1');
  });
  afterAll(() => w.end());

  const archive = (name: string, files: Files): string => {
    writeFileSync(join(w.cwd, name), tar(files));
    return name;
  };
  const push = (words: string, input?: Buffer) => w.belt(`push ${words}`, input ? { input } : {});
  const done = (stdout: string, stderr = '') => ({ code: 0, stdout, stderr });

  it('sends what a node lacks, and prints what means the same on every node', async () => {
    archive('one.tar', saved('app:1', ['base', 'one']));
    const first = await push('-f one.tar --to node[1:2] --concurrency 1');
    expect(first.stdout).toBe(`${reference('app', ['base', 'one'])}\n`);
    expect(first.stderr).toMatch(
      /^node1 \| app:1: 2 of 2 layers sent; 1\.1 kB sent\nnode2 \| app:1: 2 of 2 layers sent; /,
    );
    archive('two.tar', saved('app:2', ['base', 'two']));
    const second = await push('-f two.tar --to node1 --json');
    expect(JSON.parse(second.stdout)).toEqual({
      node: 'node1',
      images: [{ image: 'app:2', reference: reference('app', ['base', 'two']), layers: 2, had: 1 }],
      sentBytes: expect.any(Number),
    });
    expect(await push('-f two.tar --to node1')).toEqual(
      done(`${reference('app', ['base', 'two'])}\n`, 'node1 | app:2: it has all of it\n'),
    );
    const { stdout } = await w.belt('--host node1 docker images --format {{.Repository}}:{{.Tag}}');
    const names = ['app:1', 'app:2', reference('app', ['base', 'one']), reference('app', ['base', 'two'])];
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(names));
  });

  it('reads stdin, gzipped or not', async () => {
    const bytes = tar(saved('piped:1', ['base', 'piped']));
    for (const input of [bytes, gzipSync(bytes)])
      expect(await push('-f - --to node3 -q', input)).toEqual(done(`${reference('piped', ['base', 'piped'])}\n`));
  });

  it('reads an OCI layout, and takes the platform of the node', async () => {
    const files = layout('docker.io/library/oci:1', ['base', 'oci'], ['arm64', 'amd64']);
    writeFolder(join(w.cwd, 'layout'), files);
    const folder = await push('-f layout --to node1 -q');
    expect(folder).toMatchObject({ code: 0, stderr: '' });
    expect(folder.stdout).toMatch(/^127\.0\.0\.1:1\/oci:[0-9a-f]{20}\n$/);
    archive('oci.tar', files);
    expect(await push('-f oci.tar --to node1 -q')).toEqual(folder);
    writeFolder(join(w.cwd, 'unnamed'), layout(undefined, ['base', 'unnamed'], ['amd64']));
    expect(await push('-f unnamed --to node1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the image has no name'),
    });
    expect(await push('mine:1 -f unnamed --to node1 -q')).toEqual(done(`${reference('mine', ['base', 'unnamed'])}\n`));
  });

  it('refuses an image for another platform', async () => {
    archive('arm.tar', saved('arm:1', ['base'], 'arm64'));
    expect(await push('-f arm.tar --to node1')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: node1: arm:1 is for linux/arm64, the node is linux/amd64',
        'hint: build it for the node: docker build --platform linux/amd64 …',
      ),
    });
  });

  it('one node that is down is one line, and the others have it', async () => {
    archive('some.tar', saved('some:1', ['base', 'some']));
    const { code, stdout, stderr } = await push('-f some.tar --to node1,down1');
    expect({ code, stdout }).toEqual({ code: 3, stdout: `${reference('some', ['base', 'some'])}\n` });
    expect(stderr).toContain('error: 1 of 2 failed: down1\n');
  });

  it('asks the engine of this machine', async () => {
    const socket = join(w.cwd, 'docker.sock');
    const engine = await localEngine(socket);
    engine.images.set('here:1', saved('here:1', ['base', 'here']));
    const env = { DOCKER_HOST: `unix://${socket}` };
    const pushed = await w.belt('push here:1 --to node1 -q', { env });
    expect(pushed).toEqual(done(`${reference('here', ['base', 'here'])}\n`));
    expect(engine.asked).toEqual(['/images/get?names=here%3A1']);
    expect(await w.belt('push no:1 --to node1 -q', { env })).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: the Docker engine on this machine: No such image: no:1',
        'hint: see what it has: docker images',
      ),
    });
    engine.close();
    rmSync(socket, { force: true });
    const nobody = await w.belt('push no:1 --to node1 -q', { env });
    expect(nobody).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no Docker engine answers on this machine (unix:'),
    });
  });

  describe('refuses, before a node is asked for it,', () => {
    const app = saved('app:1', ['base', 'one']);
    it.each([
      ['nothing', '', 'belt push needs an image, or an archive'],
      ['a wrong name', 'App', 'invalid image name "App"'],
      ['a missing file', '-f none.tar', 'none.tar: cannot be read: ENOENT'],
      ['a name that is not in it', 'other:1 -f app.tar', 'app.tar has no other:1: it has app:1'],
      ['a file that is no archive', '-f text', 'text: it is not a tar archive, or a damaged one'],
      [
        'an archive without an image',
        '-f empty.tar',
        'empty.tar: it is not an image: it has neither index.json nor manifest.json',
      ],
      ['a cut one', '-f cut.tar', 'cut.tar: it is cut off'],
      ['one with a broken document', '-f json.tar', 'json.tar: its manifest.json is not JSON'],
      ['one that lacks a layer', '-f lacking.tar --to node2', 'it lacks the layer sha256:'],
      ['one with another layer in it', '-f swapped.tar --to node2', 'is damaged: its content is another one'],
    ])('%s', async (_what, words, message) => {
      archive('app.tar', app);
      w.write('text', 'x'.repeat(2000));
      archive('empty.tar', { readme: 'hello' });
      writeFileSync(join(w.cwd, 'cut.tar'), tar(app).subarray(0, 1200));
      archive('json.tar', { 'manifest.json': '{' });
      const layer = (text: string) => `${sha256(text)}/layer.tar`;
      const { [layer('lacking')]: _, ...lacking } = saved('lacking:1', ['base', 'lacking']);
      archive('lacking.tar', lacking);
      archive('swapped.tar', { ...saved('swapped:1', ['base', 'swapped']), [layer('swapped')]: 'another' });
      const { code, stdout, stderr } = await push(words);
      expect({ code: code > 0 && code < 3, stdout }).toEqual({ code: true, stdout: '' });
      expect(stderr).toContain(message);
    });
  });
});
