import { fileURLToPath } from 'node:url';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';

// The same two levels up from src/rpc and from dist/rpc.
const protoFolder = fileURLToPath(new URL('../../proto', import.meta.url));

let loaded: PackageDefinition | undefined;

/** The definitions in proto/, read once. The options are those that `npm run gen` uses. */
export function loadProtos(): PackageDefinition {
  loaded ??= loadSync(['kvtide/v1/coordinator.proto', 'kvtide/v1/worker.proto', 'etcd/v3/kv.proto'], {
    includeDirs: [protoFolder],
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return loaded;
}
