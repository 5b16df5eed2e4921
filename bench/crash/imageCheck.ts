import { z } from 'zod';
import { crashView, emptyView } from './crashPages.js';
import { crashPage, crashTier } from './crashTier.js';

// Opens what a power loss left, in a process of its own: damage that ends the process is a finding too.

export const imageQuestion = z.object({ folder: z.string(), blocks: z.int(), durable: z.array(z.int()) });
export type ImageQuestion = z.infer<typeof imageQuestion>;

export const imageFindings = z.object({
  /** Pages that were read and are those of the block. */
  right: z.int(),
  /** Pages that were served with bytes of something else. */
  wrong: z.int(),
  /** Pages that were found damaged when they were read. */
  corrupt: z.int(),
  /** Pages that were acknowledged and flushed and are not there. */
  lost: z.int(),
  /** Whether the store was given up as damaged. */
  quarantined: z.boolean(),
});
export type ImageFindings = z.infer<typeof imageFindings>;

async function check({ folder, blocks, durable }: ImageQuestion): Promise<ImageFindings> {
  const tier = crashTier(folder);
  const { opened, found } = await tier.open();
  const indexOf = new Map(Array.from({ length: blocks }, (_, index) => [crashPage(index).id.block, index]));
  const there = new Set<number>();
  let wrong = 0;
  let corrupt = 0;
  for (const header of found) {
    const index = indexOf.get(header.id.block);
    if (index === undefined) {
      wrong += 1;
      continue;
    }
    const page = { ...crashPage(index), checksum: header.checksum };
    tier.adopt(page);
    const start = tier.prepareLoad(page);
    if (start.kind !== 'hit') continue;
    const into = emptyView();
    const { kind } = await start.lease.read(into);
    tier.completeLoad(start.lease);
    const expected = crashView(index);
    if (kind === 'corrupt') corrupt += 1;
    if (kind !== 'read') continue;
    if (Buffer.compare(into.k, expected.k) === 0 && Buffer.compare(into.v, expected.v) === 0)
      there.add(index);
    else wrong += 1;
  }
  await tier.close();
  const lost = durable.filter((index) => !there.has(index)).length;
  return { right: there.size, wrong, corrupt, lost, quarantined: opened.kind === 'quarantined' };
}

if (process.send !== undefined) {
  process.on('disconnect', () => process.exit(0));
  process.on('SIGINT', () => {});
  process.on('message', async (message) => process.send?.(await check(imageQuestion.parse(message))));
}
