// `npm run bench`: ratios against a named peer in the same run. A benchmark never fails a run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BELT = join(dirname(fileURLToPath(import.meta.url)), '../bin/belt.js');
const home = mkdtempSync(join(tmpdir(), 'belt-bench-'));
const { NODE_EXTRA_CA_CERTS: _, SSH_AUTH_SOCK: __, ...rest } = process.env;
let env = { ...rest, HOME: home, BELT_STATE_DIR: join(home, 'state') };

const run = (command, args) => spawnSync(command, args, { env, cwd: home, encoding: 'utf8', maxBuffer: 2 ** 28 });
const belt = (words) => run(process.execPath, [BELT, ...words.split(' ')]);

function timed(command, args) {
  const startNs = process.hrtime.bigint();
  const { status, stderr } = run(command, args);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - startNs) / 1e6;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Medians of two commands, run in turns so that a noisy machine disturbs both alike. */
function compare(ours, theirs, runs) {
  const times = [[], []];
  for (let round = -2; round < runs; round++) {
    for (const [side, [command, ...args]] of [ours, theirs].entries()) {
      const ms = timed(command, args);
      if (round >= 0) times[side].push(ms);
    }
  }
  return times.map(median);
}

const rows = [];
function row(what, measured, limit, ratio, reach) {
  const met = ratio <= reach.most;
  rows.push([
    what,
    measured,
    limit,
    typeof ratio === 'number' ? ratio.toFixed(2) : ratio,
    reach.text,
    met ? 'yes' : 'no',
  ]);
}

function start() {
  for (const [flag, most] of [
    ['--version', 1.25],
    ['--help', 1.6],
  ]) {
    const [ours, node] = compare([process.execPath, BELT, flag], [process.execPath, '-e', '0'], 21);
    row(`belt ${flag}`, `${ours.toFixed(1)} ms`, `node -e 0: ${node.toFixed(1)} ms`, ours / node, {
      most,
      text: `≤ ${most} ×`,
    });
  }
}

function sandbox(words, use) {
  if (belt(`sandbox start ${words}`).status !== 0) throw new Error('the sandbox did not start');
  const before = env;
  try {
    env = { ...env, ...JSON.parse(belt('sandbox env --json').stdout) };
    use();
  } finally {
    env = before;
    belt('sandbox stop');
  }
}

const ORDER = '--region sgp1 --image 18153887 --ssh-key 816630';

function create(count) {
  sandbox('--boot-seconds 30 --api-latency 150', () => {
    const made = belt(`create 1gb node[1:${count}] ${ORDER}`);
    const endMs = Date.now();
    if (made.status !== 0) throw new Error(made.stderr);
    const { droplets, requests } = JSON.parse(belt('sandbox status --json').stdout);
    const last = (key) => Math.max(...droplets.map(({ timeline }) => timeline[key]));
    const [afterSsh, afterReady] = ['sshAt', 'engineAt'].map((key) => (endMs - last(key)) / 1000);
    row(`create ${count}: after the slowest opened SSH`, `${afterSsh.toFixed(2)} s`, 'reachable', afterSsh, {
      most: 1,
      text: '≤ 1 s',
    });
    row(`create ${count}: after the slowest was ready`, `${afterReady.toFixed(2)} s`, 'engine up', afterReady, {
      most: 1,
      text: '≤ 1 s',
    });
    if (count !== 50) return;
    row('create 50: API requests', String(requests.total), 'doctl 463', requests.total, { most: 40, text: '≤ 40' });
    const posts = requests.byEndpoint['POST /v2/droplets'];
    row('create 50: POST /v2/droplets', String(posts), '', posts, { most: 5, text: '≤ 5' });
  });
}

function docker() {
  sandbox('--boot-seconds 0 --api-latency 150', () => {
    belt(`create 1gb node1 ${ORDER}`);
    belt('active node1');
    const address = belt('ip node1').stdout.trim();
    const ssh = [
      'ssh',
      '-F',
      'none',
      '-i',
      env.DIGITALOCEAN_SSH_KEY_PATH,
      '-o',
      `UserKnownHostsFile=${join(env.BELT_STATE_DIR, 'known_hosts')}`,
    ];
    const peer = [...ssh, '-p', env.DIGITALOCEAN_SSH_PORT, `root@${address}`, 'docker', 'version'];
    const [ours, theirs] = compare([process.execPath, BELT, 'docker', 'version'], peer, 15);
    row('belt docker version, warm', `${ours.toFixed(0)} ms`, `ssh: ${theirs.toFixed(0)} ms`, ours / theirs, {
      most: 1,
      text: '≤ 1.0 ×',
    });
  });
}

function paging() {
  sandbox('--droplets 10000 --api-latency 20', () => {
    const names = belt('ls -q').stdout.trim().split('\n');
    const { total } = JSON.parse(belt('sandbox status --json').stdout).requests;
    row(`ls of 10,000 (${new Set(names).size} shown once)`, `${total} requests`, '', total, { most: 60, text: '≤ 60' });
  });
}

const all = { start, docker, paging, create4: () => create(4), create10: () => create(10), create50: () => create(50) };
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
try {
  for (const [name, measure] of Object.entries(all)) {
    if (wanted.length === 0 || wanted.some((word) => name.startsWith(word))) measure();
  }
  const table = [['what', 'measured', 'against', 'ratio', 'reach', 'met'], ...rows];
  const widths = table[0].map((_title, column) => Math.max(...table.map((cells) => cells[column].length)));
  for (const cells of table)
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
} finally {
  rmSync(home, { recursive: true, force: true });
}
