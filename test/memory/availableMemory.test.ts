import { describe, expect, it } from 'vitest';
import { availableBytes } from '../../src/memory/availableMemory.js';

const gib = 2 ** 30;
const meminfo = 'MemTotal:       24684092 kB\nMemFree:  1 kB\nMemAvailable:   8388608 kB\n';

function available(files: Readonly<Record<string, string>>): number {
  return availableBytes((path) => files[path] ?? null);
}

describe('availableBytes', () => {
  it('is what the machine has, where no group is limited', () => {
    expect(available({ '/proc/meminfo': meminfo })).toBe(8 * gib);
    const open = { '/proc/self/cgroup': '0::/a/b\n', '/sys/fs/cgroup/a/b/memory.max': 'max\n' };
    expect(available({ '/proc/meminfo': meminfo, ...open })).toBe(8 * gib);
  });

  it('is what the group may still take, where that is less; its page cache gives way', () => {
    const files = {
      '/proc/meminfo': meminfo,
      '/proc/self/cgroup': '0::/\n',
      '/sys/fs/cgroup/memory.max': `${4 * gib}\n`,
      '/sys/fs/cgroup/memory.current': `${3 * gib}\n`,
      '/sys/fs/cgroup/memory.stat': `anon 5\ninactive_file ${gib}\nactive_file ${gib / 2}\n`,
    };
    expect(available(files)).toBe(2.5 * gib);
    expect(available({ ...files, '/sys/fs/cgroup/memory.current': `${9 * gib}\n` })).toBe(0);
  });

  it('is a figure on this machine', () => {
    expect(availableBytes()).toBeGreaterThan(0);
  });
});
