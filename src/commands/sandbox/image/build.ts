import { command } from '../../../cli/command.ts';
import { count } from '../../../count.ts';
import { requireEngineHosts } from '../engine-hosts.ts';
import { buildMissing } from '../images.ts';
import { imagesFolder } from '../place.ts';

// So that `sandbox start` need not wait for it.
export default command({
  summary: 'build what is missing or outdated',
  examples: [['belt sandbox image build', '']],
  async run(context) {
    await requireEngineHosts(context);
    const built = await buildMissing(context);
    if (context.out.json) return context.out.document({ built, folder: imagesFolder(context) });
    const layers = count(built, 'layer');
    context.out.line(built === 0 ? 'every image is already built' : `built ${layers} in ${imagesFolder(context)}`);
  },
});
