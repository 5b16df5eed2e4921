import { describe, expect, it } from 'vitest';
import { lockPinned, makePinned } from '../../src/cli/pinnedMemory.js';

describe('pinned memory', () => {
  it('that the machine does not have is an error with the figure needed', () => {
    expect(() => makePinned({ slots: 2 ** 20, slotBytes: 2 ** 30 })).toThrow(
      /^pinned memory: 1024 TiB of shared memory are needed, and .+ are available; lower --pinned-bytes$/,
    );
  });

  it('that cannot be locked is a warning with the figure needed', () => {
    const slab = makePinned({ slots: 1, slotBytes: 4096 });
    const warnings: unknown[] = [];
    const warn = (...warning: unknown[]) => warnings.push(warning);
    lockPinned(slab, { warn });
    expect(warnings).toEqual([]);
    slab.close(); // mlock of memory that is not mapped fails under any limit, for root too
    lockPinned(slab, { warn });
    expect(warnings).toEqual([
      [
        expect.stringMatching(/^pinned memory is not locked and may be swapped out: 4 KiB are needed and /),
        { neededBytes: 4096 },
      ],
    ]);
  });
});
