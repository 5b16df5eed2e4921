import type { KvError } from '../../src/core/errors.js';
import { type NetworkServer, onRequest, onStream } from '../../src/core/ports/network.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';

/** A worker that answers by rule, behind a real socket. */
export class FakeWorker {
  /** Blocks that seeks settle for, one answer each; then what was asked for. */
  usable: number[] = [];
  readonly seeks: number[] = [];
  readonly steps: { readonly position: number; readonly tokens: number[] }[] = [];
  /** Whether it knows of verified tokens. */
  verifies = true;
  readonly truncations: number[] = [];
  chainLength = -1;
  tenant = '';
  /** What the step at that position fails with. */
  readonly failAt = new Map<number, KvError>();
  /** Steps are not answered before this resolves. */
  gate: Promise<void> = Promise.resolve();
  server: NetworkServer | null = null;

  async listen(): Promise<string> {
    this.server = await new GrpcNetwork().serve('127.0.0.1:0', [
      onStream(workerEndpoints.decode, async (stream, call) => {
        this.tenant = call.tenant;
        for await (const { open, seek, step, truncate } of stream) {
          if (open) {
            this.chainLength = open.blocks.length / 32;
            await stream.send({ opened: { usableBlocks: this.usable.shift() ?? this.chainLength } });
          } else if (seek) {
            this.seeks.push(seek.blocks);
            await stream.send({ opened: { usableBlocks: this.usable.shift() ?? seek.blocks } });
          } else if (truncate) {
            this.truncations.push(truncate.tokens);
          } else if (step) {
            const { number, position, tokens, topLogits, allLogits, everyPosition } = step;
            this.steps.push({ position, tokens: [...new Uint32Array(Uint8Array.from(tokens).buffer)] });
            await this.gate;
            const failure = this.failAt.get(position);
            if (failure !== undefined) throw failure;
            const all = new Uint8Array(Float32Array.of(0.5, -1, 0.1).buffer);
            await stream.send({
              result: {
                number,
                topIds: [0, 2].slice(0, topLogits),
                topLogits: [0.5, 0.1].slice(0, topLogits),
                logsumexp: 1.25,
                ...(allLogits ? { logits: all } : {}),
                earlier:
                  everyPosition && this.verifies
                    ? this.steps
                        .at(-1)!
                        .tokens.slice(1)
                        .map((id) => ({ topIds: [id], topLogits: [0.25], logsumexp: 2 }))
                    : [],
                stages: [{ stage: 0, computeMs: 2, stallMs: 1, loadMs: 4, loadedPages: { disk: 3 } }],
              },
            });
          }
        }
      }),
      onRequest(workerEndpoints.stats, async () => ({
        protocol: ownProtocol(),
        worker: 'w0',
        layers: { from: 0, to: 3 },
        pid: 42,
        tiers: [{ tier: 'disk', usedBytes: 5 }],
        steps: this.steps.length,
      })),
    ]);
    return this.server.address;
  }

  async close(): Promise<void> {
    await this.server?.close(0);
  }
}
