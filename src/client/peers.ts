import type { Network, Peer } from '../core/ports/network.js';

/** One connection to each address. */
export class Peers {
  readonly #network: Network;
  readonly #byAddress = new Map<string, Peer>();

  constructor(network: Network) {
    this.#network = network;
  }

  at(address: string): Peer {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const peer = this.#network.dial(address);
    this.#byAddress.set(address, peer);
    return peer;
  }

  close(): void {
    for (const peer of this.#byAddress.values()) peer.close();
    this.#byAddress.clear();
  }
}
