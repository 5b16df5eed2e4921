import type { BlockKey } from '../core/blockKey.js';
import type { StackParts } from './stackParts.js';
import type { PageHistory } from './tierStack.js';

/** The pages of a block that are known, or of late were, by layer. */
export function blockHistory({ log, table }: StackParts, block: BlockKey): readonly PageHistory[] {
  const noted = log.ofBlock(block);
  const history: PageHistory[] = [];
  const known = table.records.findBlock(block);
  if (known !== undefined) {
    table.records.forEachPage(known, (handle) => {
      const layer = table.records.layerOf(handle);
      const live = table.records.isHeld(handle);
      const events = noted.get(layer) ?? [];
      noted.delete(layer);
      history.push({ layer, tiers: table.places.tiersOf(handle), live, events });
    });
  }
  for (const [layer, events] of noted) history.push({ layer, tiers: [], live: false, events });
  return history.sort((a, b) => a.layer - b.layer);
}
