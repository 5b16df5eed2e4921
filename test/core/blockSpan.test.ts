import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksToResume, neededBlocks, usablePrefix } from '../../src/core/blockSpan.js';
import type { LayerAttention } from '../../src/core/geometry.js';

const full: LayerAttention = { kind: 'full', rope: true };
const windowOf = (window: number): LayerAttention => ({ kind: 'window', window, rope: true });

/** The definition, key by key. */
function slowNeeded(attention: LayerAttention, blockTokens: number, position: number, tokens: number) {
  const blocks = new Set<number>();
  for (let query = position; query < position + tokens; query += 1) {
    const oldest = attention.kind === 'full' ? 0 : Math.max(0, query - attention.window + 1);
    for (let key = oldest; key <= query; key += 1) blocks.add(Math.floor(key / blockTokens));
  }
  return { first: Math.min(...blocks), end: Math.max(...blocks) + 1 };
}

const attentions = fc.oneof(fc.constant(full), fc.integer({ min: 1, max: 200 }).map(windowOf));

describe('neededBlocks', () => {
  it('names the blocks that hold a visible key, for any window and block size', () => {
    fc.assert(
      fc.property(
        attentions,
        fc.constantFrom(16, 32, 64),
        fc.nat(300),
        fc.integer({ min: 1, max: 64 }),
        (attention, blockTokens, position, tokens) => {
          expect(neededBlocks(attention, blockTokens, position, tokens)).toEqual(
            slowNeeded(attention, blockTokens, position, tokens),
          );
        },
      ),
    );
  });
});

describe('usablePrefix', () => {
  it('is the longest prefix whose resume spans are all present', () => {
    const layers = fc.array(attentions, { minLength: 1, maxLength: 4 });
    const present = fc.array(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(layers, fc.nat(12), present, (attention, limit, bits) => {
        const has = (layer: number, block: number) => bits[layer]![block]!;
        const whole = (blocks: number) =>
          attention.every((one, layer) => {
            const { first, end } = blocksToResume(one, 16, blocks);
            for (let block = first; block < end; block += 1) if (!has(layer, block)) return false;
            return true;
          });
        let longest = limit;
        while (!whole(longest)) longest -= 1;
        expect(usablePrefix(attention, 16, limit, has)).toBe(longest);
      }),
    );
  });

  it('needs no old window pages', () => {
    const has = (layer: number, block: number) => layer === 0 || block >= 6;
    expect(usablePrefix([full, windowOf(32)], 16, 8, has)).toBe(8);
    expect(usablePrefix([full, windowOf(64)], 16, 8, has)).toBe(0);
  });
});
