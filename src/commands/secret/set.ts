import { command } from '../../cli/command.ts';
import { setSecret } from '../../stack/rotate.ts';
import { contentFor, setting } from './content.ts';

export default command({
  arguments: '<name>',
  summary: 'give a secret its content, from stdin or a file',
  description:
    'Creates a secret in the swarm, or a new version of it where its content is another one; services that use it are ' +
    'updated as by `belt secret rotate`. The content comes from stdin or a file, never from an argument, and byte for byte. ' +
    'A Compose file refers to it as external, by this name.',
  options: setting,
  examples: [
    ['belt secret set db_password < password.txt', ''],
    ['pass shop/db | belt secret set db_password', ''],
    ['belt secret set tls_key --file key.pem', ''],
  ],
  run: async (context, { name }, options) =>
    setSecret(context, { ...options, name, content: await contentFor(context, name, options), mustExist: false }),
});
