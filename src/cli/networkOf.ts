import type { Network } from '../core/ports/network.js';
import { GrpcNetwork } from '../rpc/grpcNetwork.js';
import type { ServerGates } from '../rpc/serverGates.js';
import type { Settings } from './settings.js';

/** How the processes of a command line talk to others. */
export function networkOf(
  { insecureNetwork }: Pick<Settings, 'insecureNetwork'>,
  gates?: ServerGates,
): Network {
  return new GrpcNetwork({ insecureNetwork }, gates);
}
