import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { EtcdClient } from '../../src/rpc/etcd/etcdClient.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';

const startTimeoutMs = 20_000;

/** Debian's etcd, one member on loopback ports and a folder of its own. */
export class EtcdServer {
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(
    process: ChildProcess,
    folder: string,
    readonly address: string,
  ) {
    this.#process = process;
    this.#folder = folder;
  }

  /** @param program where etcd is; in the path, where it is not said. @throws Error where it is not installed. */
  static async start(program = inPath()): Promise<EtcdServer> {
    const folder = mkdtempSync(join(tmpdir(), 'kvtide-etcd-'));
    const [client, peer] = [await freePort(), await freePort()];
    const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
    const listen = ['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl];
    const peers = ['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl];
    const own = ['--name', 'one', '--data-dir', folder, '--initial-cluster', `one=${peerUrl}`];
    // What a test writes need not outlive the machine, and disks of test machines are slow.
    const child = spawn(program, [...own, ...listen, ...peers, '--log-level', 'error', '--unsafe-no-fsync'], {
      stdio: 'ignore',
    });
    const server = new EtcdServer(child, folder, `127.0.0.1:${client}`);
    try {
      await server.#answers();
      return server;
    } catch (thrown) {
      await server.stop();
      throw thrown;
    }
  }

  client(): EtcdClient {
    return new EtcdClient(new GrpcNetwork(), [this.address]);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null && this.#process.kill('SIGKILL')) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    const client = this.client();
    const giveUpMs = performance.now() + startTimeoutMs;
    for (;;) {
      try {
        await client.read(['x']);
        client.close();
        return;
      } catch (thrown) {
        if (performance.now() > giveUpMs || this.#process.exitCode !== null) throw thrown;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Who cannot use it has not passed: nothing is skipped. */
function inPath(): string {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'etcd'));
  const program = places.find((path) => existsSync(path));
  if (program !== undefined) return program;
  throw new Error('etcd is missing; install it with "apt-get install etcd-server", as .ci/run does');
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
