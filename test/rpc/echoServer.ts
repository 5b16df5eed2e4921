// A process of its own that echoes the steps of a decode stream; says its address on the first line.
import { onStream } from '../../src/core/ports/network.js';
import { workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';

const server = await new GrpcNetwork().serve('127.0.0.1:0', [
  onStream(workerEndpoints.decode, async (stream) => {
    for await (const { step } of stream) {
      await stream.send({ result: { number: step?.number ?? 0, logits: step?.hidden ?? Buffer.alloc(0) } });
    }
  }),
]);
process.stdout.write(`${server.address}\n`);
process.stdin.resume(); // lives as long as whoever started it
process.stdin.on('end', () => process.exit(0));
