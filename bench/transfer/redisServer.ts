import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { BenchContext } from '../support/bench.js';
import { ensureInstalled } from '../support/installed.js';

const startTimeoutMs = 10_000;

/** redis-server on loopback, in memory only, as its users run it for a cache. */
export class RedisServer {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #port: number;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.#port = port;
  }

  /** @throws KvError `unavailable` when redis-server is missing and cannot be installed. */
  static async start(context: BenchContext): Promise<RedisServer> {
    const program = await ensureInstalled('redis-server', 'redis-server', context);
    const folder = await mkdtemp(join(tmpdir(), 'kvtide-redis-'));
    const port = await freePort();
    const listen = ['--bind', '127.0.0.1', '--port', `${port}`, '--unixsocket', join(folder, 'redis.sock')];
    const inMemory = ['--save', '', '--appendonly', 'no', '--dir', folder];
    const child = spawn(program, [...listen, ...inMemory], { stdio: 'ignore' });
    const server = new RedisServer(child, folder, port);
    try {
      const client = connectRedis(server.place('tcp'));
      await client.ping();
      client.disconnect();
      return server;
    } catch (thrown) {
      await server.stop();
      throw thrown;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What `connectRedis` takes. */
  place(over: 'tcp' | 'unix'): string {
    return over === 'tcp' ? `127.0.0.1:${this.#port}` : join(this.#folder, 'redis.sock');
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** @param place host:port, or the path of a unix socket. */
export function connectRedis(place: string): Redis {
  const [host = '', port] = place.split(':');
  const startedMs = performance.now();
  const client = new Redis({
    ...(port === undefined ? { path: place } : { host, port: Number(port) }),
    retryStrategy: () => (performance.now() - startedMs < startTimeoutMs ? 50 : null),
    maxRetriesPerRequest: null,
  });
  client.on('error', () => {}); // told by the calls that fail
  return client;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
