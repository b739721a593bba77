import { command } from '../../../cli/command.ts';
import { count } from '../../../count.ts';
import { BeltError } from '../../../errors.ts';
import { mounted, removeLayers } from '../../../sandbox/images/store.ts';
import { imagesFolder, runningWith } from '../place.ts';

// The next sandbox with engine hosts builds them again.
export default command({
  summary: 'remove them all',
  examples: [['belt sandbox image rm', '']],
  async run(context) {
    const users = runningWith(context, 'engine');
    if (users.length > 0) {
      throw new BeltError(`the images are in use by the sandbox "${users[0]}"`, {
        hint: `stop it first: belt sandbox stop --name ${users[0]}`,
      });
    }
    const cache = imagesFolder(context);
    if (mounted(cache).size > 0) {
      throw new BeltError('the images are in use by a sandbox of another home', {
        hint: 'with the HOME that it was started with: belt sandbox stop',
      });
    }
    const removed = removeLayers(cache);
    if (context.out.json) return context.out.document({ removed });
    context.out.line(removed === 0 ? 'there are no images' : `removed ${count(removed, 'layer')}`);
  },
});
