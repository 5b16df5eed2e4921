import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { type DoctorCheck, passed } from './doctorCheck.js';

const probeBytes = 16 * 2 ** 20;
/** A slower disk holds up steps more than computing again does. */
const slowBytesPerSecond = 50e6;
const tmpfsType = 0x0102_1994;
const overlayType = 0x794c_7630;

/**
 * Writes and flushes 16 MiB in a folder and removes them, and looks at its room and file system.
 * @param diskBytes what a worker is to keep there.
 */
export async function checkDisk(folder: string, diskBytes: number): Promise<DoctorCheck[]> {
  try {
    const { bavail, bsize, type } = await statfs(folder);
    return [room(bavail * bsize, diskBytes), fileSystem(type), speed(await bytesPerSecond(folder))];
  } catch (thrown) {
    const mend = 'create it, or choose another --data-dir that can be written';
    return [{ name: 'data folder', state: 'fail', found: KvError.from(thrown).message, mend }];
  }
}

function room(free: number, diskBytes: number): DoctorCheck {
  const name = 'disk room';
  const found = `${formatByteSize(free)} free`;
  if (free >= diskBytes) return passed(name, found);
  const mend = `the disk tier may take ${formatByteSize(diskBytes)}: free room, or a smaller --disk-bytes`;
  return { name, state: free < probeBytes ? 'fail' : 'warn', found, mend };
}

function fileSystem(type: number): DoctorCheck {
  const name = 'file system';
  const mend = 'put --data-dir on a disk of its own';
  if (type === tmpfsType)
    return { name, state: 'warn', found: 'tmpfs: it is memory, gone with a reboot', mend };
  if (type === overlayType) return { name, state: 'warn', found: 'overlay: gone with the container', mend };
  return passed(name, `type 0x${type.toString(16)}`);
}

function speed(rate: number): DoctorCheck {
  const name = 'disk speed';
  const found = `${formatByteSize(Math.round(rate))}/s written and flushed`;
  if (rate >= slowBytesPerSecond) return passed(name, found);
  return { name, state: 'warn', found, mend: 'look for other load on the disk, or use a faster one' };
}

async function bytesPerSecond(folder: string): Promise<number> {
  const path = join(folder, `doctor-${process.pid}.tmp`);
  const file = await open(path, 'wx');
  try {
    const begin = performance.now();
    await file.writeFile(Buffer.alloc(probeBytes, 0xa5));
    await file.datasync();
    return (probeBytes * 1e3) / Math.max(performance.now() - begin, 1e-3);
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
