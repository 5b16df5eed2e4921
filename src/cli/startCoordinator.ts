import { KvError } from '../core/errors.js';
import type { RunningServer, ServerParts } from './serverParts.js';
import type { Settings } from './settings.js';

/** A coordinator of real parts: gRPC and LMDB. */
export async function startCoordinator(_settings: Settings, _parts: ServerParts): Promise<RunningServer> {
  throw new KvError('unsupported', 'the coordinator is not there yet');
}
