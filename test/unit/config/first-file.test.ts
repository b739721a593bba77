import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCluster } from '../../../src/config/cluster/read.ts';
import { WORLD } from '../../../src/config/cluster/types.ts';
import { firstFile } from '../../../src/config/first-file.ts';
import { loadYaml } from './fixture.ts';

const word = fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/);
const tricky = fc.constantFrom('null', 'true', '1e3', '0x10', '~', 'no', '-', '.', '123', '012', '1.0');
const slug = fc.oneof(
  word,
  tricky.filter((one) => /^[a-zA-Z0-9._-]+$/.test(one)),
);
const name = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_:-]{1,12}$/),
  fc.constantFrom('null', 'true', '1e3', '007', ':', '-'),
);
const explained = (value: fc.Arbitrary<string>) => fc.record({ value, about: fc.string({ unit: 'binary' }) });

test('whatever the account calls things, the file says what was chosen', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        name,
        region: explained(slug),
        size: explained(slug),
        image: explained(slug),
        sshKey: fc.option(explained(fc.nat().map(String)), { nil: undefined }),
        managers: fc.constant('m[1:3]'),
        workers: fc.option(fc.constant('w[1:2]'), { nil: undefined }),
        sshFrom: fc.constantFrom([...WORLD], ['203.0.113.7/32', '2001:db8::/32']),
      }),
      async (first) => {
        const text = firstFile(first);
        const { settings, warnings } = await loadYaml(text);
        expect(warnings).toEqual([]);
        expect(settings).toMatchObject({
          region: first.region.value,
          size: first.size.value,
          image: first.image.value,
          sshKeyFingerprints: first.sshKey ? [first.sshKey.value] : [],
        });
        const { spec } = readCluster({ text, shown: '.belt.yaml' });
        expect(spec.name).toBe(first.name);
        expect(spec.groups).toHaveLength(first.workers === undefined ? 1 : 2);
        expect(spec.firewall).toEqual({ sshFrom: first.sshFrom, open: [] });
      },
    ),
    { seed: 20260101, numRuns: 200 },
  );
});
