import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { KvError } from '../../src/core/errors.js';

/** The service of unary.proto with the settings that one gets without choosing any. */
export function unaryService(): ServiceClientConstructor {
  const loaded = loadPackageDefinition(loadSync(fileURLToPath(new URL('./unary.proto', import.meta.url))));
  const { kvtide } = loaded;
  const bench = kvtide !== undefined && 'bench' in kvtide ? kvtide.bench : undefined;
  if (typeof bench === 'object' && 'Store' in bench && typeof bench.Store === 'function') {
    return bench.Store as ServiceClientConstructor; // what grpc-js makes of a service
  }
  throw new KvError('internal', 'unary.proto has no service Store');
}
