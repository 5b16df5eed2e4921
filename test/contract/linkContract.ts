import { afterEach, describe, expect, it } from 'vitest';
import type { PageView } from '../../src/core/pageView.js';
import type { PageLink } from '../../src/core/ports/pageLink.js';

/** A link under test, and what makes its time pass until a promise settles. */
export interface LinkUnderTest {
  readonly link: PageLink;
  run<T>(work: Promise<T>): Promise<T>;
}

export const pageOf = (byte: number, halfBytes = 4096): PageView => ({
  k: new Uint8Array(halfBytes).fill(byte),
  v: new Uint8Array(halfBytes).fill(byte + 1),
});

/** Carries a page; resolves when it lies there, to whether that was at once. */
export function carried(link: PageLink, from: PageView, to: PageView): Promise<boolean> {
  return new Promise((resolve) => {
    if (link.carry(from, to, () => resolve(false))) resolve(true);
  });
}

/** What every link from pinned memory to the device must do. */
export function linkContract(name: string, make: () => LinkUnderTest): void {
  describe(`${name} as a link`, () => {
    // A timer may keep no process alive, so something else has to while the test waits.
    let awake: NodeJS.Timeout | undefined;
    const open = (): LinkUnderTest => {
      awake ??= setInterval(() => {}, 1000);
      return make();
    };
    afterEach(() => clearInterval(awake));

    it('brings both halves of a page, byte for byte', async () => {
      const { link, run } = open();
      const to = pageOf(0);
      await run(carried(link, pageOf(7), to));
      expect(to).toEqual(pageOf(7));
    });

    it('says whether the page is there at once, as it says of itself', async () => {
      const { link, run } = open();
      expect(await run(carried(link, pageOf(1), pageOf(0)))).toBe(link.isInstant);
      expect(link.figures === null).toBe(link.isInstant);
    });

    it('tells of each page once, in order and never within the call', async () => {
      const { link, run } = open();
      const told: number[] = [];
      const all = Promise.all(
        [3, 1, 2].map(
          (page) =>
            new Promise<void>((resolve) => {
              let isWithin = true;
              const isThere = link.carry(pageOf(page), pageOf(0), () => {
                expect(isWithin).toBe(false);
                told.push(page);
                resolve();
              });
              isWithin = false;
              if (isThere) resolve();
            }),
        ),
      );
      await run(all);
      await run(carried(link, pageOf(9), pageOf(0)));
      expect(told).toEqual(link.isInstant ? [] : [3, 1, 2]);
    });

    it('takes pages while it tells of others', async () => {
      const { link, run } = open();
      const last = pageOf(0);
      const chain = carried(link, pageOf(1), pageOf(0))
        .then(() => carried(link, pageOf(2), pageOf(0)))
        .then(() => carried(link, pageOf(3), last));
      await run(chain);
      expect(last).toEqual(pageOf(3));
    });

    it('leaves a page that lies there already as it is', async () => {
      const { link, run } = open();
      const page = pageOf(5);
      await run(carried(link, page, page));
      expect(page).toEqual(pageOf(5));
    });
  });
}
