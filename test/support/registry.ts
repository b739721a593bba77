// A registry on loopback that speaks as much of the distribution API as a login takes: GET /v2/, with Basic or through a token server.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestRegistry {
  /** `127.0.0.1:PORT` */
  host: string;
  /** What was asked: the path, and how it was authorized. */
  asked: string[];
  close(): Promise<void>;
}

export interface RegistryOptions {
  kind: 'basic' | 'bearer' | 'open' | 'silent' | 'other';
  user?: string;
  password?: string;
  /** Of its token server, instead of its own. */
  realm?: string;
}

export async function testRegistry({ kind, user = '', password = '', realm }: RegistryOptions): Promise<TestRegistry> {
  const asked: string[] = [];
  const right = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://registry');
    const given = request.headers.authorization;
    asked.push(`${pathname} ${given?.split(' ')[0] ?? 'nothing'}`);
    const end = (status: number, headers = {}, body = '{}') => response.writeHead(status, headers).end(body);
    if (kind === 'silent') return;
    if (kind === 'other') return end(404, {}, 'not here');
    if (kind === 'open') return end(200);
    if (pathname === '/token') {
      const isAsked = searchParams.get('service') === 'test registry' && searchParams.get('account') === user;
      return end(isAsked && given === right ? 200 : 401, {}, JSON.stringify({ token: 'the-token' }));
    }
    if (given === (kind === 'basic' ? right : 'Bearer the-token')) return end(200);
    const challenge =
      kind === 'basic'
        ? 'Basic realm="test"'
        : `Bearer realm="${realm ?? `http://${request.headers.host}/token`}",service="test registry"`;
    return end(401, { 'www-authenticate': challenge });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
