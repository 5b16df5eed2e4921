import { type BlockKey, blockKeyToBytes } from '../../src/core/blockKey.js';
import type { Duplex, Network, Peer } from '../../src/core/ports/network.js';
import { coordinatorEndpoints as calls } from '../../src/rpc/endpoints.js';
import type { InventoryAck__Output } from '../../src/rpc/gen/kvtide/v1/InventoryAck.js';
import type { InventoryChange } from '../../src/rpc/gen/kvtide/v1/InventoryChange.js';
import type { ReadyRequest } from '../../src/rpc/gen/kvtide/v1/ReadyRequest.js';
import type { RegisterRequest } from '../../src/rpc/gen/kvtide/v1/RegisterRequest.js';
import { geometryMessage } from '../../src/rpc/geometryMessage.js';
import { ownProtocol } from '../../src/rpc/protocolCheck.js';
import { geometry, shape } from './clusterParts.js';

/** What a worker does towards the coordinator, and nothing else. */
export class FakeWorker {
  id = '';
  epoch = 0;
  layers = { from: 0, to: 0 };
  private number = 0;
  private stream: Duplex<InventoryAck__Output, InventoryChange> | undefined;
  private readonly peer: Peer;

  constructor(
    network: Network,
    coordinator: string,
    private readonly name: string,
  ) {
    this.peer = network.dial(coordinator);
  }

  async register(also: RegisterRequest = {}): Promise<void> {
    const answer = await this.peer.request(calls.register, {
      protocol: ownProtocol(),
      worker: this.id,
      address: `127.0.0.1:${7000 + this.name.length}`,
      pid: 1,
      geometry: geometryMessage(geometry),
      configJson: shape.configJson,
      stage: -1,
      ...also,
    });
    this.id = answer.worker;
    this.epoch = answer.epoch;
    this.layers = answer.layers ?? this.layers;
  }

  async ready(also: ReadyRequest = {}): Promise<void> {
    const tensors = [{ name: `layer${this.layers.from}`, dtype: 'F32', shape: [1], sha256: 'ab' }];
    await this.peer.request(calls.ready, { worker: this.id, epoch: this.epoch, tensors, ...also });
  }

  /** Opens the inventory stream with all layers of `blocks`. */
  async inventory(blocks: readonly BlockKey[] = []): Promise<void> {
    this.stream = this.peer.stream(calls.inventory);
    this.number = 0;
    await this.tell({ whole: true, added: this.pages(blocks) });
  }

  async tell(change: InventoryChange): Promise<InventoryAck__Output> {
    this.number += 1;
    await this.stream?.send({ protocol: ownProtocol(), worker: this.id, number: this.number, ...change });
    const answer = await this.stream?.[Symbol.asyncIterator]().next();
    return answer?.value;
  }

  skipNumber(): void {
    this.number += 1;
  }

  pages(blocks: readonly BlockKey[]) {
    const layers = Array.from(
      { length: this.layers.to - this.layers.from },
      (_, at) => this.layers.from + at,
    );
    return blocks.flatMap((block) => layers.map((layer) => ({ block: blockKeyToBytes(block), layer })));
  }

  heartbeat(openSequences: string[] = []) {
    return this.peer.request(calls.heartbeat, { worker: this.id, epoch: this.epoch, openSequences });
  }

  leave() {
    return this.peer.request(calls.leave, { worker: this.id });
  }

  /** The process is gone: every connection breaks. */
  die(): void {
    this.peer.close();
  }
}
