import { type WorkerId, workerId } from '../core/plan.js';
import { type Binding, onStream } from '../core/ports/network.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import { checkProtocol } from '../rpc/protocolCheck.js';
import { inventoryPartFrom } from './fromWire.js';
import type { TakeEvent } from './takeEvent.js';

/** The inventory stream of each worker. When it breaks, the worker is lost at once: its process is gone. */
export function inventoryService(take: TakeEvent): Binding {
  let streams = 0;
  return onStream(coordinatorEndpoints.inventory, async (changes, { peer }) => {
    streams += 1;
    const stream = streams;
    let worker: WorkerId | null = null;
    try {
      for await (const change of changes) {
        if (worker === null) {
          checkProtocol(change.protocol, `the worker at ${peer}`);
          worker = workerId(change.worker);
          await take('inventoryOpened', { worker, stream });
        }
        const { number, more } = change;
        const answer = await take('inventory', { worker, stream, more, part: inventoryPartFrom(change) });
        if (answer.kind !== 'wait') await changes.send({ number, resend: answer.kind === 'resend' });
      }
    } finally {
      if (worker !== null) await take('inventoryClosed', { worker, stream });
    }
  });
}
