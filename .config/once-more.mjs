// A machine that is busy for a moment can break a test. In CI the files of which something failed are run once more, whole and
// alone, after all the rest; what passes then is told at the end, so that it is mended.

/** More than so many are no accident. */
const MOST_FILES = 3;

/**
 * Decides how tests end of which some failed.
 * @param {{ code: number, failures: import('./once-more.mjs').Failures | undefined }[]} runs how each run of vitest ended
 * @param {(file: import('./once-more.mjs').FailedFile) => Promise<number>} again runs a file alone, and gives the exit code
 * @returns {Promise<{ code: number, lines: string[] }>} the exit code of all, and what to say at the end
 */
export async function onceMore(runs, again) {
  const failed = runs.filter(({ code }) => code !== 0);
  if (failed.length === 0) return { code: 0, lines: [] };
  const files = failed.flatMap(({ failures }) => failures?.files ?? []);
  const isKnown = ({ failures }) => failures !== undefined && failures.errors.length === 0 && failures.files.length > 0;
  if (!failed.every(isKnown))
    return { code: 1, lines: ['not run again: something failed that belongs to no file of tests'] };
  if (files.length > MOST_FILES)
    return { code: 1, lines: [`not run again: ${files.length} files failed, which is no accident`] };
  let code = 0;
  const lines = [];
  for (const file of files) {
    const ended = await again(file);
    code ||= ended;
    const names = file.tests.join('; ');
    lines.push(
      ended === 0
        ? `flaky: ${file.file} failed once and passed when run again alone: ${names}`
        : `failed: ${file.file} failed twice, the second time alone; the first time: ${names}`,
    );
  }
  return { code, lines };
}
