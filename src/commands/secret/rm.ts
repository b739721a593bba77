import { command } from '../../cli/command.ts';
import { yes } from '../../cli/options.ts';
import { removeSecrets } from '../../stack/remove-secret.ts';

export default command({
  arguments: '<names...>',
  summary: 'remove secrets that nothing uses, with all their versions',
  description:
    'Removes secrets with all their versions. One that a service uses, or could be rolled back to, is an error that ' +
    'names the service, and then nothing is removed.',
  options: { yes },
  examples: [['belt secret rm db_password', '']],
  run: (context, { names }, options) => removeSecrets(context, [...new Set(names)], options),
});
