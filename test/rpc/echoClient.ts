// A process of its own that keeps a decode stream open; says a line once it was answered.
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';

const stream = new GrpcNetwork().dial(process.argv[2] ?? '').stream(workerEndpoints.decode);
await stream.send({ open: {} });
await stream[Symbol.asyncIterator]().next();
process.stdout.write('answered\n');
process.stdin.resume(); // lives as long as whoever started it
process.stdin.on('end', () => process.exit(0));
