import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyFolder } from '../../src/lab/policyFolder.js';
import { emptyColumns } from '../policy/policyFixtures.js';

/** A policy that gives the victim `victim`, whatever is in. */
const giving = (victim: number) => `
export default () => ({
  insert: () => {}, access: () => {}, remove: () => {}, resize: () => {},
  evict: (count: number) => ({ kind: 'victims', handles: [${victim}] }),
});`;

let scratch: string;
let folder: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'kvtide-policies-'));
  folder = join(scratch, 'allowed');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  writeFileSync(join(folder, 'mine.ts'), giving(3));
  writeFileSync(join(folder, 'deep', 'mine.ts'), giving(3));
  writeFileSync(join(folder, 'throws.ts'), "throw new Error('a mistake');");
  writeFileSync(join(folder, 'nothing.ts'), 'export const policy = 1;');
  writeFileSync(join(scratch, 'outside.ts'), giving(3));
  mkdirSync(join(scratch, 'allowed-not'));
  writeFileSync(join(scratch, 'allowed-not', 'mine.ts'), giving(3));
  symlinkSync(join(scratch, 'outside.ts'), join(folder, 'out.ts'));
  symlinkSync(scratch, join(folder, 'up'));
  symlinkSync(join(folder, 'mine.ts'), join(folder, 'link.ts'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function victimOf(given: string): Promise<unknown> {
  const { name, make } = await policyFolder(folder)(given);
  expect(name).toBe(given);
  const policy = make(emptyColumns(8), 8);
  for (const handle of [3, 5]) policy.insert(handle);
  return policy.evict(1, () => false);
}

describe('a folder of policies', () => {
  it.each(['mine.ts', './mine.ts', 'deep/mine.ts', 'deep/../mine.ts', 'link.ts'])(
    'gives %s',
    async (given) => {
      expect(await victimOf(given)).toEqual({ kind: 'victims', handles: [3] });
    },
  );

  it('gives a file by its whole path, and anew when it was changed', async () => {
    const file = join(folder, 'changing.ts');
    writeFileSync(file, giving(3));
    expect(await victimOf(file)).toEqual({ kind: 'victims', handles: [3] });
    writeFileSync(file, giving(5));
    utimesSync(file, 1, 1);
    expect(await victimOf(file)).toEqual({ kind: 'victims', handles: [5] });
  });

  it.each(['../outside.ts', '../allowed-not/mine.ts', 'out.ts', 'up/outside.ts', '.', '..', './'])(
    'refuses %s, which is elsewhere',
    async (given) => {
      await expect(policyFolder(folder)(given)).rejects.toMatchObject({
        kind: 'invalid',
        message: `the policy ${given} does not lie in the worker's --policy-dir`,
      });
    },
  );

  it('refuses whole paths of other files, whether or not they are there', async () => {
    for (const given of [join(scratch, 'outside.ts'), join(scratch, 'no.ts')])
      await expect(policyFolder(folder)(given)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('says in one line what is wrong with a file', async () => {
    const load = policyFolder(folder);
    await expect(load('no.ts')).rejects.toMatchObject({ kind: 'notFound' });
    await expect(load('throws.ts')).rejects.toThrow('the policy throws.ts cannot be loaded: a mistake');
    await expect(load('nothing.ts')).rejects.toThrow('must export a RetentionFactory');
  });

  it('has to be named and to exist', async () => {
    await expect(policyFolder(undefined)('mine.ts')).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('start it with --policy-dir'),
    });
    expect(() => policyFolder(join(scratch, 'missing'))).toThrow('of --policy-dir does not exist');
  });

  it('has what its policies do watched', async () => {
    writeFileSync(join(folder, 'wrong.ts'), giving(7));
    await expect(victimOf('wrong.ts')).rejects.toThrow('policy wrong.ts');
  });
});
