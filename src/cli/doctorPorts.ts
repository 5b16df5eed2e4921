import { createServer } from 'node:net';
import { KvError } from '../core/errors.js';
import type { Network } from '../core/ports/network.js';
import { systemClock } from '../observe/systemClock.js';
import { dialLeader } from '../rpc/dialLeader.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import { type DoctorCheck, passed } from './doctorCheck.js';

/** Whether a server could listen there now; `HOST:PORT`. */
export async function checkListen(address: string): Promise<DoctorCheck> {
  const name = 'listen';
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(Number(address.slice(at + 1)), host, resolve);
    });
    return passed(name, `${address} is free`);
  } catch (thrown) {
    const mend = 'stop what listens there, or choose another --listen';
    return { name, state: 'fail', found: KvError.from(thrown).message, mend };
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

/** Whether the coordinator, or one of several, answers within `timeoutMs`, and speaks our protocol. */
export async function checkCoordinator(
  network: Network,
  address: string,
  options: { readonly tenant: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<DoctorCheck> {
  const name = 'coordinator';
  const peer = dialLeader(network, address, systemClock);
  try {
    const { workers } = await peer.request(coordinatorEndpoints.describe, {}, options);
    return passed(name, `${address} answers, and has ${workers.length} workers`);
  } catch (thrown) {
    const mend = 'start it, or look at --cluster and the network between here and there';
    return { name, state: 'fail', found: KvError.from(thrown).message, mend };
  } finally {
    peer.close();
  }
}
