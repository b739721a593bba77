// One SSH connection that the keeper holds, with what belt's Connection uses of ssh2's client.
import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import type ssh2 from 'ssh2';
import { SshError } from '../ssh/errors.ts';
import { KeptChannel } from './channel.ts';
import { Frames } from './frames.ts';
import { type ChannelAnswer, errorOf, type Place, type PtyRequest, type Question } from './messages.ts';

/** How often the keeper is asked whether it is there, and how many times in a row it may leave that unanswered. */
const PING_MS = 2_000;
const PINGS = 2;

type Opened = (error: Error | undefined, channel: ssh2.ClientChannel) => void;

export class KeptClient extends EventEmitter {
  readonly #path: string;
  readonly #lease: string;
  readonly #socket: Socket;
  readonly #node: Place;
  readonly #channels = new Set<KeptChannel>();
  readonly #pinging: NodeJS.Timeout;
  /** Pings that were not answered. */
  #pings = 0;
  #isLost = false;

  /** `frames` are the lease's: when their socket closes, the connection is lost. */
  constructor(path: string, { frames, lease, node }: { frames: Frames; lease: string; node: Place }) {
    super();
    this.#path = path;
    this.#lease = lease;
    this.#socket = frames.socket;
    this.#node = node;
    frames.socket.once('close', () => this.#lost());
    this.#pinging = setInterval(() => this.#ping(frames), PING_MS);
    this.#pinging.unref();
  }

  /** The keeper answered a ping. */
  answered(): void {
    this.#pings = 0;
  }

  exec(command: string, { pty }: ssh2.ExecOptions, opened: Opened): void {
    this.#open({ do: 'exec', lease: this.#lease, command, ...(pty && { pty: pty as PtyRequest }) }, opened);
  }

  shell(pty: PtyRequest | false, opened: Opened): void {
    this.#open({ do: 'exec', lease: this.#lease, ...(pty && { pty }) }, opened);
  }

  openssh_forwardOutStreamLocal(path: string, opened: Opened): void {
    this.#open({ do: 'socket', lease: this.#lease, path }, opened);
  }

  end(): void {
    this.#socket.end();
    this.#lost();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#lost();
  }

  /** A keeper that is stopped holds its sockets open: nothing else tells. */
  #ping(frames: Frames): void {
    if (this.#pings === PINGS) {
      const short = 'the process that keeps connections no longer answers';
      const hint = 'the command may still be running there; end that process: belt keep stop';
      this.emit('error', new SshError(this.#node, 'lost', short, hint));
      return this.#lost();
    }
    this.#pings++;
    frames.json({ ping: true });
  }

  #open(question: Question, opened: Opened): void {
    if (this.#isLost) throw new Error('not connected');
    const socket = connect(this.#path);
    let isSettled = false;
    const settle = (error: Error | undefined, channel?: KeptChannel) => {
      if (isSettled) return;
      isSettled = true;
      socket.off('close', cut);
      opened(error, channel as unknown as ssh2.ClientChannel);
    };
    const cut = () => settle(new Error('the keeper ended'));
    socket.once('close', cut);
    const frames = new Frames(socket, {
      onJson: (message) => {
        const answer = message as ChannelAnswer;
        if (answer.is === 'open') settle(undefined, this.#channel(frames));
        else {
          socket.destroy();
          settle(
            answer.is === 'failed' ? errorOf(answer.error, this.#node) : new Error('the keeper opened no channel'),
          );
        }
      },
    });
    frames.json(question);
  }

  #channel(frames: Frames): KeptChannel {
    const channel = new KeptChannel(frames, () => this.#lost());
    this.#channels.add(channel);
    channel.once('close', () => this.#channels.delete(channel));
    return channel;
  }

  #lost(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    clearInterval(this.#pinging);
    this.#socket.destroy();
    this.emit('close');
    for (const channel of this.#channels) channel.destroy();
  }
}
