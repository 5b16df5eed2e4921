import { describe, expect, it } from 'vitest';
import { checkMemoryLimit } from '../../src/cli/checkMemoryLimit.js';
import { settingsSchema } from '../../src/cli/settings.js';

function settings(memoryLimit: string) {
  return settingsSchema.parse({ memoryLimit, deviceBytes: '64MiB', pinnedBytes: '128MiB' });
}

describe('--memory-limit', () => {
  it('takes what the tiers and the process fit into', () => {
    expect(() => checkMemoryLimit('worker', settings('448MiB'))).not.toThrow();
    expect(() => checkMemoryLimit('coordinator', settings('192MiB'))).not.toThrow();
  });

  it('refuses less, and says what fits', () => {
    expect(() => checkMemoryLimit('worker', settings('447MiB'))).toThrow(
      '--memory-limit 447 MiB is too small for a worker: it takes 64 MiB of --device-bytes and 128 MiB of --pinned-bytes, and 256 MiB beside; give 448 MiB or more, or smaller tiers',
    );
    expect(() => checkMemoryLimit('coordinator', settings('191MiB'))).toThrow('give 192 MiB or more');
  });
});
