import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { askSecret, confirm, dialogue } from '../../../src/output/prompt.ts';
import { Screen } from './terminal.ts';

function person() {
  const controller = new AbortController();
  const streams = { stdin: new PassThrough(), stderr: new Screen(), signal: controller.signal };
  return { ...streams, streams, interrupt: () => controller.abort(new Error('interrupted')) };
}

describe('a question', () => {
  test.each([
    ['y', true],
    ['Y', true],
    ['yes', true],
    [' YES ', true],
    ['n', false],
    ['', false],
    ['yess', false],
    ['of course', false],
  ])('%j is %s', async (answer, yes) => {
    const { streams, stdin, stderr } = person();
    const asked = confirm(streams, 'remove 3 droplets?');
    stdin.write(`${answer}\n`);
    expect(await asked).toBe(yes);
    expect(stderr.written).toContain('remove 3 droplets? [y/N] ');
  });

  test('that nobody answers, since the input ends, is a no, and its line ends', async () => {
    const { streams, stdin, stderr } = person();
    const asked = confirm(streams, 'sure?');
    stdin.end();
    expect(await asked).toBe(false);
    expect(stderr.written).toMatch(/sure\? \[y\/N\] (\x1b\[\d+G)?\n$/);
  });

  test('that is interrupted rejects with the reason', async () => {
    const { streams, interrupt } = person();
    const asked = confirm(streams, 'sure?');
    interrupt();
    await expect(asked).rejects.toThrow('interrupted');
    await expect(confirm(streams, 'sure?')).rejects.toThrow('interrupted');
  });

  describe('Ctrl-C at it', () => {
    afterEach(() => void vi.restoreAllMocks());

    test('is the signal that it is everywhere else', async () => {
      const { streams, stdin, stderr, interrupt } = person();
      const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
        interrupt();
        return true;
      });
      const asked = confirm(streams, 'sure?');
      stdin.write('\x03');
      await expect(asked).rejects.toThrow('interrupted');
      expect(kill).toHaveBeenCalledWith(process.pid, 'SIGINT');
      // What is said next stands on a line of its own.
      expect(stderr.written).toMatch(/sure\? \[y\/N\] (\x1b\[\d+G)?\n$/);
    });
  });
});

describe('a secret', () => {
  test('is not shown while it is typed', async () => {
    const { streams, stdin, stderr } = person();
    const asked = askSecret(streams, 'Passphrase for /home/ann/.ssh/id_ed25519: ');
    stdin.write('correct horse\n');
    expect(await asked).toBe('correct horse');
    expect(stderr.written).toBe('Passphrase for /home/ann/.ssh/id_ed25519: \n');
  });

  test('may be interrupted too', async () => {
    const { streams, interrupt } = person();
    const asked = askSecret(streams, 'Passphrase: ');
    interrupt();
    await expect(asked).rejects.toThrow('interrupted');
  });
});

describe('questions in a row', () => {
  test('take what was typed ahead, line by line, and then what is typed', async () => {
    const { streams, stdin } = person();
    const talk = dialogue(streams);
    const first = talk.ask('one? ');
    stdin.write('1\n 2 \n\n');
    expect([await first, await talk.ask('two? '), await talk.ask('three? ')]).toEqual(['1', ' 2 ', '']);
    const last = talk.ask('four? ');
    stdin.write('4\n');
    expect(await last).toBe('4');
    talk.end();
  });

  test('there is no answer once the input ended, but to what was typed before', async () => {
    const { streams, stdin } = person();
    const talk = dialogue(streams);
    const first = talk.ask('one? ');
    stdin.end('1\n2\n');
    expect([await first, await talk.ask('two? '), await talk.ask('three? ')]).toEqual(['1', '2', undefined]);
  });

  test('may be interrupted, also between two', async () => {
    const { streams, stdin, interrupt } = person();
    const talk = dialogue(streams);
    const first = talk.ask('one? ');
    stdin.write('1\n');
    await first;
    const second = talk.ask('two? ');
    interrupt();
    await expect(second).rejects.toThrow('interrupted');
    await expect(talk.ask('three? ')).rejects.toThrow('interrupted');
  });
});
