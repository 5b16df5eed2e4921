import { expect } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import type { Geometry } from '../../src/core/geometry.js';
import { pageName } from '../../src/core/pageId.js';
import type { PlannerEffect } from '../../src/worker/stepPlanner.js';

export const plannerRoot = '01'.repeat(32) as BlockKey;
export const plannerGeometry: Geometry = {
  layers: [
    { kind: 'window', window: 20, rope: true },
    { kind: 'full', rope: false },
    { kind: 'full', rope: true },
  ],
  kvHeads: 1,
  headDim: 16,
  dtype: 'f32',
  blockTokens: 16,
  layoutVersion: 1,
};
export const plannerRange = { from: 0, to: 3 };

/** Applies effects as a worker would and checks that they are consistent. */
export class PlannerHolder {
  readonly held = new Set<string>();
  tails = false;

  apply(effects: readonly PlannerEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'hold') {
        expect(this.held.has(pageName(effect.page))).toBe(false);
        this.held.add(pageName(effect.page));
      } else if (effect.kind === 'letGo') {
        expect(this.held.delete(pageName(effect.page))).toBe(true);
      } else if (effect.kind === 'takeTails') {
        expect(this.tails).toBe(false);
        this.tails = true;
      } else if (effect.kind === 'seal') {
        expect(this.tails).toBe(true);
        this.tails = false;
        for (const page of effect.pages) this.held.add(pageName(page));
      } else if (effect.kind === 'dropTails') this.tails = false;
      else {
        expect(this.tails).toBe(true);
        for (const { pages } of effect.step.layers) {
          for (const { page } of pages) expect(this.held).toContain(pageName(page));
        }
      }
    }
  }
}
