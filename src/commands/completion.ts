import { command } from '../cli/command.ts';
import { UsageError } from '../errors.ts';
import { SCRIPTS, SHELLS } from './completion/scripts.ts';

export default command({
  arguments: '<shell>',
  choices: SHELLS,
  usage: SHELLS.join('|'),
  summary: 'print a script for Tab completion in your shell',
  description:
    'Prints a script for the shell’s start file: Tab completes commands, options, and the names of nodes, ' +
    'clusters, sizes and regions that belt has seen. Nothing is asked of DigitalOcean for it. In zsh it also ' +
    'turns globbing off for belt’s words, so that node[1:4] needs no quotes.',
  examples: [
    ['eval "$(belt completion bash)"', 'in ~/.bashrc'],
    ['source <(belt completion zsh)', 'in ~/.zshrc, after compinit'],
    ['belt completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
  run: async ({ stdout }, { shell }) => {
    const found = SHELLS.find((name) => name === shell);
    if (!found) throw new UsageError(`unknown shell "${shell}"`, { hint: `one of ${SHELLS.join(', ')}` });
    stdout.write(SCRIPTS[found]);
  },
});
