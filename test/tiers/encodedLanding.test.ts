import { describe, expect, it } from 'vitest';
import { copyPage } from '../../src/core/pageView.js';
import type { PageLink } from '../../src/core/ports/pageLink.js';
import { groupCodecOf } from '../../src/tiers/codec/tierDtype.js';
import { roundTrip } from './codec/codecFixtures.js';
import { idOf, newDisk, openStack, putPage, slotBytesNow } from './stackFixtures.js';
import { blockKeyOf, bytesOf, tinyGeometry } from './tierFixtures.js';

describe('a page that comes to the device from pinned memory in int8', () => {
  it.each([true, false])(
    'is decoded before another takes its place (link at once: %s)',
    async (isInstant) => {
      let landing = () => {};
      const link: PageLink = {
        isInstant,
        figures: null,
        carry: (from, to, landed) => {
          if (from !== to) copyPage(from, to);
          const land = () => {
            queueMicrotask(landing);
            if (!isInstant) landed();
          };
          if (isInstant) land();
          else setImmediate(land);
          return isInstant;
        },
      };
      const disk = newDisk();
      const under = await openStack({ device: 8, pinned: 1, disk: 32 }, disk, { pinnedDtype: 'int8', link });
      const { stack } = under;
      await putPage(stack, idOf(0), 0, bytesOf(0, 0));
      await stack.flush();
      const held = stack.hold(idOf(0));
      if (held.kind !== 'held') throw new Error(held.kind);
      let put: unknown;
      landing = () => {
        landing = () => {};
        // The sequence ends while its page lands, and the next page is worth more than this one.
        stack.letGo(held.handle);
        put = putPage(stack, idOf(1), 1, bytesOf(1, 0));
      };
      const loaded = await stack.load(held.handle, { priority: 'load' });
      if (loaded.kind !== 'hit') throw new Error(loaded.kind);
      expect(loaded.from).toBe('pinned');
      const encoded = groupCodecOf('int8', tinyGeometry, 'pinned');
      expect(slotBytesNow(under, loaded.slot)).toEqual(roundTrip(encoded, bytesOf(0, 0)));
      expect(await put).toEqual({ kind: 'stored' });
      expect(stack.explain(blockKeyOf(1))[0]?.tiers[0]).toBe('pinned');
      stack.doneWith(loaded.slot);
      await stack.close();
    },
  );
});
