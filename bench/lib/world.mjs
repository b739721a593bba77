// A world of its own for a benchmark: a home, a folder, a sandbox, and the real command as a process. It ends with the
// benchmark, however that ends.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { watchMemory } from './memory.mjs';
import { findSshd, startSshd } from './sshd.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
export const BELT = join(HERE, '../../bin/belt.js');
const RELAY = fileURLToPath(import.meta.resolve('./relay.mjs'));

/** What a person's shell may have and a measurement must not: NODE_EXTRA_CA_CERTS alone adds 33 ms to a start of Node. */
const FOREIGN =
  /^(DIGITALOCEAN_|BELT_|DOCKER_|SSH_AUTH_SOCK$|NODE_EXTRA_CA_CERTS$|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$)/;

export function cleanEnv() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
}

/** As belt itself has it (src/sandbox/images/library.ts). */
const imagesFolder = () =>
  process.env.BELT_IMAGES_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'belt/images');

const worlds = new Set();
let ending = false;

/** Ends every world: the benchmarks were interrupted. */
export async function endWorlds() {
  ending = true;
  await Promise.all([...worlds].map((world) => world.end()));
}

/** Runs `use` in a world of its own and ends that. */
export async function inWorld(use) {
  const world = new World();
  worlds.add(world);
  try {
    return await use(world);
  } finally {
    await world.end();
    worlds.delete(world);
    // After an interrupt nothing goes on: the process is about to exit.
    if (ending) await new Promise(() => {});
  }
}

class World {
  #root = mkdtempSync(join(tmpdir(), 'belt-bench-'));
  #children = new Set();
  #sandbox;
  #ended;
  cwd = join(this.#root, 'work');
  // The images that engine hosts boot from take minutes to build: those of the user's own cache.
  env = { ...cleanEnv(), HOME: join(this.#root, 'home'), BELT_IMAGES_DIR: imagesFolder() };

  constructor() {
    for (const folder of [this.cwd, this.env.HOME]) mkdirSync(folder);
  }

  /** Starts the world's sandbox and points belt at it. */
  async sandbox(words) {
    this.#sandbox = this.belt(['sandbox', 'start', ...words]);
    await this.#sandbox;
    Object.assign(this.env, JSON.parse((await this.belt(['sandbox', 'env', '--json'])).stdout));
  }

  /** Writes a file into belt's folder. */
  write(name, text) {
    writeFileSync(join(this.cwd, name), text);
  }

  /** Runs belt to its end; throws when it fails. Gives what it printed, its time, its end and its peak memory. */
  async belt(words) {
    const end = await this.#run(words);
    if (end.code === 0) return end;
    throw new Error(
      `belt ${words.join(' ')} ended with ${end.code}: ${end.stderr.trim().split('\n').slice(-3).join(' · ')}`,
    );
  }

  #run(words) {
    const startedAt = Date.now();
    // A group of its own: Ctrl-C comes to the benchmarks alone, which then end what they started.
    const stdio = ['ignore', 'pipe', 'pipe'];
    const child = spawn(process.execPath, [BELT, ...words], { cwd: this.cwd, env: this.env, stdio, detached: true });
    this.#children.add(child);
    const peakMB = watchMemory(child.pid);
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        texts[name] += text;
      });
    }
    return new Promise((resolve, reject) => {
      let endedAt;
      child.on('error', reject);
      child.on('exit', () => {
        endedAt = Date.now();
        this.#children.delete(child);
      });
      child.on('close', (code, signal) =>
        resolve({ ...texts, code: code ?? signal, endedAt, ms: endedAt - startedAt, peakMB: peakMB() }),
      );
    });
  }

  /** A port at each address that leads to address:port as if that were a round trip away. */
  relay(addresses, port, roundTripMs) {
    return this.#background(process.execPath, [RELAY, addresses.join(), port, String(roundTripMs)], /^\d+(?=\n)/);
  }

  /** The port and the host key of a real sshd at the addresses, for the sandbox's key; undefined where none is installed. */
  sshd(addresses, dockerText) {
    const sshd = findSshd();
    const publicKeyPath = `${this.env.DIGITALOCEAN_SSH_KEY_PATH}.pub`;
    const options = { sshd, addresses, publicKeyPath, folder: join(this.#root, 'sshd'), dockerText };
    return sshd && startSshd(options, (...words) => this.#background(...words));
  }

  /**
   * Starts a process that lasts as long as the world, and waits until it says that it is ready. Gives its word. It writes to a file:
   * while commands are timed nobody reads a pipe, and it would wait once that is full.
   */
  async #background(command, words, ready) {
    const path = join(this.#root, `said-${this.#children.size}`);
    const file = openSync(path, 'a');
    const child = spawn(command, words, { env: this.env, stdio: ['ignore', file, file], detached: true });
    closeSync(file);
    this.#children.add(child);
    let failed;
    child.on('error', (error) => {
      failed = error;
    });
    for (;;) {
      const said = readFileSync(path, 'utf8');
      const word = ready.exec(said)?.[0];
      if (word !== undefined) return word;
      if (failed) throw failed;
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${said.trim()}`);
      await sleep(20);
    }
  }

  /** What the sandbox says of itself: its droplets with their times, and the API requests, this one not counted. */
  async status() {
    const { DIGITALOCEAN_API_URL: url, DIGITALOCEAN_ACCESS_TOKEN: token } = this.env;
    const answer = await fetch(`${url}/sandbox/status`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`the sandbox's status answers ${answer.status}`);
    return answer.json();
  }

  /** Ends the sandbox and all that runs here, and removes every file. */
  end() {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end() {
    // A sandbox that is just starting can be stopped only when it has started.
    await this.#sandbox?.catch(() => {});
    for (const child of this.#children) child.kill('SIGKILL');
    if (this.#sandbox) await this.#run(['sandbox', 'stop']).catch(() => {});
    rmSync(this.#root, { recursive: true, force: true });
  }
}

/** The file with belt's pins: that of the one account that there is. */
export function knownHosts({ BELT_STATE_DIR: folder }) {
  const accounts = join(folder, 'accounts');
  return join(accounts, readdirSync(accounts)[0], 'known_hosts');
}
