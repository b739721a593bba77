// Runs the script on one world and writes down what every line said.
import { readFileSync } from 'node:fs';
import pLimit from 'p-limit';
import ssh2 from 'ssh2';
import { apart } from '../coming-up.ts';
import { info } from '../probe.ts';
import type { Outcome, World } from '../world.ts';
import type { Line, Step } from './lines.ts';
import { mask } from './mask.ts';

export interface Said {
  line: string;
  code: number;
  stdout: string;
  stderr: string;
}

export interface Reading {
  /** How its words are read before they are masked. */
  read?: (text: string) => string;
}

const SIDE_BY_SIDE = 4;
const PATIENCE_MS = 40_000;

const textOf = (line: Line): string => (typeof line === 'string' ? line : `${line.host}: ${line.run}`);

/** What every line says, in the script's order. */
export async function transcript(world: World, script: readonly Step[], reading: Reading = {}): Promise<Said[]> {
  const { read = (text) => text } = reading;
  const shells = new Shells(world);
  const limit = pLimit(SIDE_BY_SIDE);
  const run = async (step: Step): Promise<Said[]> => {
    if (typeof step === 'object' && 'courses' in step) {
      const courses = await Promise.all(step.courses.map((course) => inTurn(course)));
      return courses.flat();
    }
    const lines = Array.isArray(step) ? (step as readonly Line[]) : [step as Line];
    return await Promise.all(lines.map((line) => (lines.length === 1 ? write(line) : limit(() => write(line)))));
  };
  const write = async (line: Line): Promise<Said> => {
    // How nodes came up depends on the machine.
    const { code, stdout, stderr } = apart(await say(world, shells, line));
    const { droplets } = await world.status();
    const [out, err] = [stdout, stderr].map((text) => mask(read(text), droplets)) as [string, string];
    return { line: textOf(line), code, stdout: out, stderr: err };
  };
  const inTurn = async (steps: readonly Step[]): Promise<Said[]> => {
    const told: Said[] = [];
    for (const step of steps) told.push(...(await run(step)));
    return told;
  };
  try {
    return await inTurn(script);
  } finally {
    shells.end();
  }
}

async function say(world: World, shells: Shells, line: Line): Promise<Outcome> {
  if (typeof line === 'string') return await world.shell(line);
  if (!('until' in line)) return await shells.run(line.host, line.run);
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const outcome = await shells.run(line.host, line.run);
    if (line.until.test(outcome.stdout + outcome.stderr)) return outcome;
    if (Date.now() > deadline)
      throw new Error(`waited in vain for ${line.until}: ${textOf(line)}\n${outcome.stdout}${outcome.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** A connection to each host by plain SSH, made when it is first needed. */
class Shells {
  readonly #clients = new Map<string, Promise<ssh2.Client>>();

  constructor(private readonly world: World) {}

  async run(host: string, command: string): Promise<Outcome> {
    const connecting = this.#clients.get(host) ?? this.#connect(host);
    this.#clients.set(host, connecting);
    const client = await connecting;
    return await new Promise<Outcome>((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error);
        const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
        let code = 255;
        channel.on('data', (chunk: Buffer) => stdout.push(chunk));
        channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
        channel.on('exit', (exit: number) => {
          code = exit;
        });
        channel.on('close', () => {
          resolve({ code, stdout: String(Buffer.concat(stdout)), stderr: String(Buffer.concat(stderr)) });
        });
        channel.end();
      });
    });
  }

  async #connect(host: string): Promise<ssh2.Client> {
    const { droplets } = await this.world.status();
    const { sshPort, sshKeyPath } = info(this.world);
    const client = new ssh2.Client();
    await new Promise((resolve, reject) => {
      client.on('ready', () => resolve(undefined)).on('error', reject);
      client.connect({
        host: droplets.find(({ name }) => name === host)?.publicAddress,
        port: sshPort,
        username: 'root',
        privateKey: readFileSync(sshKeyPath),
      });
    });
    return client;
  }

  end(): void {
    for (const client of this.#clients.values()) void client.then((open) => open.end());
  }
}
