import { expect, test } from 'vitest';
import { versionRefusal } from '../../../src/endpoint/refusal.ts';

const answer = (status: string, message: string) =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n\r\n${JSON.stringify({ message })}\n`,
  );

test.each([
  [
    'client version 1.52 is too new. Maximum supported API version is 1.41',
    { is: 'new', client: '1.52', engine: '1.41' },
  ],
  [
    'client version 1.24 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version',
    { is: 'old', client: '1.24', engine: '1.44' },
  ],
] as const)('%s', (message, found) => {
  expect(versionRefusal(answer('400 Bad Request', message))).toEqual(found);
});

test('another answer is none, whatever a container prints', () => {
  const words = 'client version 1.52 is too new. Maximum supported API version is 1.41';
  for (const bytes of [
    answer('200 OK', words),
    answer('400 Bad Request', 'no such filter'),
    Buffer.from(words),
    Buffer.alloc(0),
  ])
    expect(versionRefusal(bytes)).toBeUndefined();
});
