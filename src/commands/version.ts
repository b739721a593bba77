import { command } from '../cli/command.ts';

export default command({
  summary: 'print the version',
  examples: [['belt version', '']],
  async run({ out }) {
    if (out.json) out.document({ version: BELT_VERSION });
    else out.line(BELT_VERSION);
  },
});
