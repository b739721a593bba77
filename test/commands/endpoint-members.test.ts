// Nodes that are created and deleted beside an endpoint that is open.
import { chmodSync } from 'node:fs';
import http from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Started, world } from '../support/belt.ts';
import { act, breakIt, mend, until } from '../support/probe.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  w.env['XDG_RUNTIME_DIR'] = w.home;
  chmodSync(w.home, 0o700);
  await must('create 512mb node[1:2]');
});
afterAll(() => w.end());

async function must(words: string): Promise<void> {
  const { code, stderr } = await w.belt(words);
  if (code !== 0) throw new Error(stderr);
}

const ask = (socketPath: string, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path, agent: false }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });

async function names(path: string): Promise<string[]> {
  const { Components } = JSON.parse(await ask(path, '/version')) as { Components: { Name: string }[] };
  return Components.map(({ Name }) => Name);
}

async function opened(words: string, use: (path: string, so: Started['so']) => Promise<void>) {
  const { outcome, so, interrupt } = w.start(words);
  await until('it is open', () => so().stdout.endsWith('\n'));
  try {
    await use(/unix:\/\/(.+)/.exec(so().stdout)?.[1] ?? '', so);
  } finally {
    interrupt();
    await outcome;
  }
  return outcome;
}

/** Time goes by while nothing works. */
const minutes = (count: number) => w.clock.sleep(count * 60_000);

test('a node that is created joins, and leaves when it is removed', async () => {
  await opened('endpoint', async (path, so) => {
    await must('create 512mb node3');
    await until('it joined', () => so().stderr.includes('node3 joined\n'));
    expect(await names(path)).toEqual(['node1', 'node2', 'node3']);
    await must('rm -y node3');

    await until('it left', () => so().stderr.includes('node3 is gone: its droplet is no longer in the cluster\n'));
    expect(await names(path)).toEqual(['node1', 'node2']);
  });
});

test('one that does not match stays out', async () => {
  await opened('endpoint node*', async (path, so) => {
    await must('create 512mb web1 node4');
    await until('node4 joined', () => so().stderr.includes('node4 joined\n'));
    expect(await names(path)).toEqual(['node1', 'node2', 'node4']);
  });
  await must('rm -y web1 node4');
});

test('one that is created again under its name is another node', async () => {
  await must('create 512mb again1');

  await opened('endpoint node1,again1', async (path, so) => {
    await must('rm -y again1');
    await until('it left', () => so().stderr.includes('again1 is gone'));
    await must('create 512mb again1');
    await until('it joined', () => so().stderr.includes('again1 joined\n'));
    expect(await names(path)).toEqual(['node1', 'again1']);
  });
  await must('rm -y again1');
});

test('one that is powered off stays', async () => {
  await opened('endpoint', async (path, so) => {
    await act(w, 'node2', 'power_off');
    // Who asks nothing misses nothing.
    await until('it is silent', async () => {
      await ask(path, '/info');
      return so().stderr.includes('node2 does not answer');
    });
    await minutes(3);
    expect(await names(path)).toEqual(['node1', 'node2']);
    await act(w, 'node2', 'power_on');
    await until('it is back', () => so().stderr.includes('node2 answers again\n'));
    expect(so().stderr).not.toContain('gone');
  });
});

test('an answer of DigitalOcean that fails changes nothing, and is told once', async () => {
  await opened('endpoint', async (path, so) => {
    await breakIt(w, '500=always@GET/v2/droplets');
    await until('it is told', () => so().stderr.includes('cannot tell which nodes there are now'));
    await minutes(4);
    await mend(w);
    expect(await names(path)).toEqual(['node1', 'node2']);
    expect(so().stderr.match(/cannot tell/g)).toHaveLength(1);
  });
});
