import { afterEach } from 'vitest';
import type { Binding, Network, NetworkServer, Peer } from '../../src/core/ports/network.js';

/** A network under test: two machines of it, and what makes time pass until a promise settles. */
export interface NetworkUnderTest {
  readonly server: Network;
  readonly client: Network;
  run<T>(work: Promise<T>): Promise<T>;
}

/** What a test does with a peer of the server that it gets. */
export type Body = (peer: Peer, server: NetworkServer, under: NetworkUnderTest) => Promise<void>;

/** Serves bindings, dials them, and runs a body to its end. */
export type Connected = (bindings: readonly Binding[], body: Body) => Promise<void>;

/** Called in a `describe`: servers and peers are closed after each test. */
export function connecting(make: () => NetworkUnderTest): Connected {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  return async (bindings, body) => {
    const under = make();
    const work = async (): Promise<void> => {
      const server = await under.server.serve('127.0.0.1:0', bindings);
      closers.push(() => under.run(server.close(0)));
      const peer = under.client.dial(server.address);
      closers.push(async () => peer.close());
      await body(peer, server, under);
    };
    await under.run(work());
  };
}

/** Something to wait for. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
