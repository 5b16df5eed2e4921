import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workerNameIn } from '../../src/cli/workerName.js';
import { scratchFolder } from '../support/scratchFolder.js';

const folders = ['one', 'two'].map((name) => join(scratchFolder(), name));
for (const folder of folders) mkdirSync(folder);
const [one = '', two = ''] = folders;

describe('the name of a worker', () => {
  it('is made once for a data folder, and another for another', () => {
    const name = workerNameIn(one);
    expect(name).toMatch(/^worker-[0-9a-f]{8}$/);
    expect(workerNameIn(one)).toBe(name);
    expect(workerNameIn(two)).not.toBe(name);
  });

  it('is made anew where what lies there is none', () => {
    writeFileSync(join(one, 'worker-name'), 'worker-12');
    const name = workerNameIn(one);
    expect(readFileSync(join(one, 'worker-name'), 'utf8')).toBe(`${name}\n`);
  });

  it('says in one line where it cannot be kept', () => {
    expect(() => workerNameIn('/proc')).toThrow(
      'the name of this worker cannot be kept in /proc/worker-name',
    );
  });
});
