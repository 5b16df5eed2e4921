import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExtentDisk } from '../../src/tiers/extentDisk.js';
import { diskContract } from '../contract/diskContract.js';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'kvtide-disk-'));

diskContract('ExtentDisk', () => {
  const dir = temporary();
  return {
    disk: new ExtentDisk(dir),
    reopen: () => new ExtentDisk(dir),
    dispose: () => rmSync(dir, { recursive: true }),
  };
});
