import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { onStream } from '../../src/core/ports/network.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { deferred, useNetwork } from './echo.js';

const { decode } = workerEndpoints;

/** Runs a .ts file of this folder as a process; gives it and the first line that it prints. */
async function start(file: string, ...args: string[]): Promise<{ child: ChildProcess; line: string }> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, line: String(line) };
}

const children: ChildProcess[] = [];

describe('a peer that is killed', () => {
  const connect = useNetwork();
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('ends the streams to it as unavailable', async () => {
    const { child, line: address } = await start('echoServer.ts');
    const peer = new GrpcNetwork().dial(address);
    const stream = peer.stream(decode);
    const replies = stream[Symbol.asyncIterator]();
    await stream.send({ step: { number: 7 } });
    expect((await replies.next()).value).toMatchObject({ result: { number: 7 } });
    child.kill('SIGKILL');
    await expect(replies.next()).rejects.toMatchObject({ kind: 'unavailable', context: { address } });
    await expect(stream.send({ step: {} })).rejects.toMatchObject({ kind: 'unavailable' });
    peer.close();
  });

  it('aborts the handlers of its streams', async () => {
    const aborted = deferred<unknown>();
    const thrown = deferred<unknown>();
    const { server } = await connect([
      onStream(decode, async (stream, { signal }) => {
        signal.addEventListener('abort', () => aborted.resolve(signal.reason));
        try {
          for await (const _ of stream) await stream.send({ opened: {} });
        } catch (error) {
          thrown.resolve(error);
        }
      }),
    ]);
    const { child } = await start('echoClient.ts', server.address);
    child.kill('SIGKILL');
    expect(await aborted.promise).toMatchObject({ kind: 'cancelled' });
    expect(await thrown.promise).toMatchObject({ kind: 'cancelled' });
  });
});
