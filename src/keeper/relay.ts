// The keeper's side of a channel: between the command's connection to the keeper and the channel to the host. Neither side is read
// faster than the other takes it.
import type { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';
import { drop } from '../endpoint/local-socket.ts';
import { type FrameHandlers, type Frames, KIND } from './frames.ts';
import type { ChannelAnswer, ChannelReply } from './messages.ts';

export type Channel = Duplex & Partial<Pick<ssh2.ClientChannel, 'stderr' | 'setWindow'>>;

/** A channel that the host opened. */
export interface Opened {
  channel: Channel;
  /** The exit code of a command; rejects where there is none. */
  ended?: Promise<number>;
  /** Whether the SSH connection was cut. */
  isCut: () => boolean;
}

export function relay(frames: Frames, { channel, ended, isCut }: Opened): void {
  const { socket } = frames;
  const tell = (answer: ChannelAnswer) => frames.json(answer);
  channel.on('error', () => {});
  frames.handlers = fromCommand(frames, channel);
  socket.once('close', () => drop(channel));
  tell({ is: 'open' });
  const drained = toCommand(frames, channel);
  const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()));
  void (async () => {
    await closed;
    // A cut closes the channels before it is known as one.
    await new Promise((resolve) => setImmediate(resolve));
    if (isCut()) return socket.destroySoon();
    await drained;
    const code = await ended?.catch(() => undefined);
    if (code !== undefined) tell({ is: 'exit', code });
    tell({ is: 'closed' });
    socket.end();
  })();
}

const fromCommand = ({ socket }: Frames, channel: Channel): FrameHandlers => ({
  onJson: (message) => {
    const { window } = message as ChannelReply;
    channel.setWindow?.(window.rows, window.cols, 0, 0);
  },
  onData: (bytes) => {
    if (!channel.writable || channel.write(bytes)) return;
    socket.pause();
    channel.once('drain', () => socket.resume());
  },
  onEnd: () => channel.end(),
});

/** Passes on what the host sends; resolves when that has ended. */
function toCommand(frames: Frames, channel: Channel): Promise<unknown> {
  const streams = channel.stderr ? [channel, channel.stderr] : [channel];
  const takes = (hasRoom: boolean) => {
    if (!hasRoom) for (const stream of streams) stream.pause();
  };
  const resume = () => {
    for (const stream of streams) stream.resume();
  };
  channel.on('data', (bytes: Buffer) => takes(frames.write(KIND.data, bytes)));
  channel.stderr?.on('data', (bytes: Buffer) => takes(frames.write(KIND.stderr, bytes)));
  frames.socket.on('drain', resume);
  const ends = streams.map((stream) => new Promise<void>((resolve) => stream.once('end', () => resolve())));
  const all = Promise.all(ends).then(() => frames.end());
  resume();
  return all;
}
