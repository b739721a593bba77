// Where two transcripts part, for people: every line of the script that did not say the same, with what each said.
import type { Said } from './transcript.ts';

/** Empty when they are the same. */
export function differences(simulated: readonly Said[], real: readonly Said[]): string {
  return simulated
    .map((said, n) => difference(said, real[n]))
    .filter((text) => text !== '')
    .join('\n');
}

function difference(simulated: Said, real: Said | undefined): string {
  if (real === undefined) return `=== ${simulated.line}\n  is not in the other transcript\n`;
  const parts = [
    ...(simulated.code === real.code ? [] : [`  exit code: simulated ${simulated.code}, real ${real.code}`]),
    ...stream('stdout', simulated.stdout, real.stdout),
    ...stream('stderr', simulated.stderr, real.stderr),
  ];
  return parts.length === 0 ? '' : [`=== ${simulated.line}`, ...parts, ''].join('\n');
}

function stream(name: string, simulated: string, real: string): string[] {
  if (simulated === real) return [];
  return [
    `  ${name} (- simulated, + real):`,
    ...changed(simulated.split('\n'), real.split('\n')).map((line) => `    ${line}`),
  ];
}

/** The lines that are not in both, in order: by the longest common subsequence. */
function changed(left: readonly string[], right: readonly string[]): string[] {
  const common = left.map(() => new Array<number>(right.length + 1).fill(0));
  common.push(new Array<number>(right.length + 1).fill(0));
  for (let l = left.length - 1; l >= 0; l--) {
    for (let r = right.length - 1; r >= 0; r--) {
      const longest = Math.max(common[l + 1]![r]!, common[l]![r + 1]!);
      common[l]![r] = left[l] === right[r] ? common[l + 1]![r + 1]! + 1 : longest;
    }
  }
  const lines: string[] = [];
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    if (l < left.length && left[l] === right[r]) {
      l++;
      r++;
    } else if (r >= right.length || (l < left.length && common[l + 1]![r]! >= common[l]![r + 1]!)) {
      lines.push(`- ${left[l++]}`);
    } else {
      lines.push(`+ ${right[r++]}`);
    }
  }
  return lines;
}
