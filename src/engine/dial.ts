// Requests of the Engine API that dockerode has no method for.
import type Docker from 'dockerode';

export interface Dial {
  method: 'GET' | 'POST' | 'DELETE';
  /** Ends in `?` where `options` are the query, or hold it as `_query`. */
  path: string;
  /** The query or the body, or both as `_query` and `_body`. */
  options?: object;
  /** The status of success; 200 by default. */
  status?: number;
  /** For a registry: sent as X-Registry-Auth, and never in an error. */
  auth?: object | undefined;
  /** The answer as its bytes: it is not text. */
  raw?: boolean;
}

/** The answer, unchecked. @throws EngineError where the engine refuses */
export const dial = (
  { modem }: Docker,
  { method, path, options, status = 200, auth, raw = false }: Dial,
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const done = (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer));
    const request = {
      method,
      path,
      statusCodes: { [status]: true },
      ...(options !== undefined && { options }),
      ...(auth && { authconfig: auth }),
      raw,
    };
    modem.dial(request as never, done);
  });
