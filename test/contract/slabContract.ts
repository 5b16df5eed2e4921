import { afterEach, describe, expect, it } from 'vitest';
import type { Slab } from '../../src/memory/slab.js';

/** What every slab must do. `open` makes a slab of at least that size; it is closed after the test. */
export function slabContract(name: string, open: (sizeBytes: number) => Slab): void {
  describe(`${name} as a slab`, () => {
    const opened: Slab[] = [];
    const make = (sizeBytes: number): Slab => {
      const slab = open(sizeBytes);
      opened.push(slab);
      return slab;
    };
    afterEach(() => {
      for (const slab of opened.splice(0)) slab.close();
    });

    it('is zeroed when new', () => {
      const slab = make(64 * 1024);
      expect(slab.sizeBytes).toBe(64 * 1024);
      expect(slab.view(0, slab.sizeBytes).every((byte) => byte === 0)).toBe(true);
    });

    it('shows the same bytes in overlapping views', () => {
      const slab = make(8192);
      slab.view(100, 8).fill(7);
      const wide = slab.view(96, 16);
      expect([...wide]).toEqual([0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 0]);
      wide[4] = 9;
      expect(slab.view(100, 1)[0]).toBe(9);
    });

    it('aligns views of float32 as the slab is aligned', () => {
      const view = make(4096).view(1024, 16);
      const floats = new Float32Array(view.buffer, view.byteOffset, 4);
      floats[3] = 1.5;
      expect(new DataView(view.buffer, view.byteOffset).getFloat32(12, true)).toBe(1.5);
    });

    it('refuses views outside itself', () => {
      const slab = make(4096);
      expect(() => slab.view(4000, 97)).toThrow('no view of a slab');
      expect(() => slab.view(-1, 1)).toThrow('no view of a slab');
      expect(slab.view(4096, 0)).toHaveLength(0);
    });
  });
}
