// Whether a droplet's services answer, asked from outside.
import http from 'node:http';
import net from 'node:net';

const PAUSE_MS = 25;

/** Resolves when the engine behind the socket answers. */
export async function whenAnswers(socketPath: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await answers(socketPath)) return !signal.aborted;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ socketPath, path: '/_ping' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}

/** Resolves when something listens at the address, or when the signal says that nobody asks any more. */
export async function whenOpen(to: net.NetConnectOpts, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await opens(to)) return !signal.aborted;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

function opens(to: net.NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(to);
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(1000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
