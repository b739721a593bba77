import { command } from '../../../cli/command.ts';
import { listLayers } from '../../../sandbox/images/store.ts';
import { imagesFolder } from '../place.ts';

export default command({
  summary: 'list their layers, with their sizes',
  examples: [['belt sandbox image ls --json', '']],
  async run(context) {
    const layers = await listLayers(imagesFolder(context));
    if (context.out.json) return context.out.document(layers);
    context.out.table(
      ['Layer', 'State', 'MiB'],
      layers.map(({ name, state, sizeMiB }) => [name, state, state === 'missing' ? '' : String(sizeMiB)]),
    );
  },
});
