import type { BlockKey } from '../core/blockKey.js';
import { packBlockKeys } from '../core/blockKey.js';
import { type WorkerId, workerId } from '../core/plan.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import type { ClientLimits } from './clientLimits.js';
import type { ClusterView } from './clusterView.js';
import type { PeerCalls } from './peerCalls.js';

type LocatorLimits = Pick<ClientLimits, 'keysPerRequest' | 'coordinatorTimeoutMs'>;

interface Question {
  readonly accept: (holders: readonly WorkerId[]) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Who is believed to hold a block. Questions that come while a request is under way share the next one,
 * and several about one block are one.
 */
export class BlockLocator {
  readonly #calls: PeerCalls;
  readonly #cluster: ClusterView;
  readonly #limits: LocatorLimits;
  readonly #waiting = new Map<BlockKey, Question[]>();
  #isAsking = false;

  constructor(calls: PeerCalls, cluster: ClusterView, limits: LocatorLimits) {
    this.#calls = calls;
    this.#cluster = cluster;
    this.#limits = limits;
  }

  /** Workers that have pages of the block, those with most first. @throws KvError of the coordinator. */
  holders(block: BlockKey): Promise<readonly WorkerId[]> {
    const answer = new Promise<readonly WorkerId[]>((accept, reject) => {
      const questions = this.#waiting.get(block);
      if (questions === undefined) this.#waiting.set(block, [{ accept, reject }]);
      else questions.push({ accept, reject });
    });
    if (!this.#isAsking) {
      this.#isAsking = true;
      queueMicrotask(() => void this.#askAll()); // those who ask in this turn come along
    }
    return answer;
  }

  async #askAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, this.#limits.keysPerRequest);
      for (const [block] of batch) this.#waiting.delete(block);
      try {
        const found = await this.#ask(batch.map(([block]) => block));
        batch.forEach(([, questions], at) => {
          for (const { accept } of questions) accept(found[at] ?? []);
        });
      } catch (thrown) {
        for (const [, questions] of batch) for (const { reject } of questions) reject(thrown);
      }
    }
    this.#isAsking = false;
  }

  async #ask(blocks: readonly BlockKey[]): Promise<WorkerId[][]> {
    const { namespace } = await this.#cluster.model();
    const message = { namespace, blocks: packBlockKeys(blocks) };
    const answer = await this.#calls.retried(coordinatorEndpoints.locate, message, {
      deadlineMs: this.#limits.coordinatorTimeoutMs,
    });
    this.#cluster.noteEpoch(answer.epoch);
    return answer.blocks.map(({ places }) =>
      places.toSorted((a, b) => b.pages - a.pages).map(({ worker }) => workerId(worker)),
    );
  }
}
