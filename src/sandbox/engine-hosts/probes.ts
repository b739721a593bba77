// Checks from outside whether a droplet's engine answers.
import http from 'node:http';

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
