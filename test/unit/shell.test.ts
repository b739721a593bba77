import { describe, expect, it } from 'vitest';
import { callerOf, shellOf } from '../../src/shell.ts';

describe('the shell that belt prints lines for', () => {
  it.each([
    ['/usr/bin/fish', '/bin/bash', 'fish'],
    ['/bin/bash', '/usr/bin/fish', 'sh'],
    ['/usr/bin/zsh-5.9', '/usr/bin/fish', 'sh'],
    ['/usr/bin/dash', '/usr/bin/fish', 'sh'],
    ['/opt/microsoft/powershell/7/pwsh', '/bin/bash', 'powershell'],
    // What is no shell says nothing: npx, make, a script in Python.
    ['/usr/bin/node', '/usr/bin/fish', 'fish'],
    [undefined, '/usr/local/bin/fish', 'fish'],
    [undefined, '/usr/bin/tcsh', 'sh'],
    [undefined, undefined, 'sh'],
  ])('started by %s, with $SHELL %s: %s', (caller, login, expected) => {
    expect(shellOf({ caller, env: { SHELL: login } })).toBe(expected);
  });

  it.runIf(process.platform === 'linux')('the program of a process, and of none', () => {
    expect(callerOf(process.pid)).toBe(process.execPath);
    expect(callerOf(2 ** 31)).toBeUndefined();
  });
});
