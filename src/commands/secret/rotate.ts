import { command } from '../../cli/command.ts';
import { setSecret } from '../../stack/rotate.ts';
import { contentFor, setting } from './content.ts';

export default command({
  arguments: '<name>',
  summary: 'change the content of a secret, and update the services that use it',
  description:
    'Makes a new version of a secret, updates the services that use it, where each has it mounted as before, and waits ' +
    'until they run. A version stays while a service uses it or could be rolled back to it, and is removed after that. ' +
    'The content comes from stdin or a file, never from an argument.',
  options: setting,
  examples: [
    ['belt secret rotate db_password < new.txt', ''],
    ['openssl rand -base64 24 | belt secret rotate session_key --yes', 'in a script'],
  ],
  run: async (context, { name }, options) =>
    setSecret(context, { ...options, name, content: await contentFor(context, name, options), mustExist: true }),
});
