import { connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { setSocketBuffers } from '../../src/memory/socketBuffers.js';

interface WithFd {
  readonly _handle: { readonly fd: number };
}

/** How much of 256 KiB waits in this process when nobody reads it. */
async function leftToSend(bufferBytes: number): Promise<number> {
  const path = `\0kvtide-test-${process.pid}-${bufferBytes}`;
  let accepted: Socket | undefined;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    accepted = socket;
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const socket = connect(path);
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  await expect.poll(() => accepted).toBeDefined();
  const { fd } = (socket as unknown as WithFd)._handle;
  expect(setSocketBuffers(fd, bufferBytes)).toBe(true);
  socket.write(Buffer.alloc(256 * 1024));
  await new Promise((resolve) => setImmediate(resolve));
  const left = socket.writableLength;
  socket.destroy();
  accepted?.destroy();
  await new Promise((resolve) => server.close(resolve));
  return left;
}

it('sets how much the kernel holds', async () => {
  expect(await leftToSend(1024 * 1024)).toBe(0);
  expect(await leftToSend(16 * 1024)).toBeGreaterThan(0);
});

it('says where it could not', () => {
  expect(setSocketBuffers(-1, 65_536)).toBe(false);
  expect(setSocketBuffers(1_000_000, 65_536)).toBe(false);
});
