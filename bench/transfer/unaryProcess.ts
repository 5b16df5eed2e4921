import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js';
import { unaryService } from './unaryService.js';

// The naive store in a process of its own. It tells its port and ends with its parent.

interface Call<Q> {
  readonly request: Q;
}

const pages = new Map<string, Buffer>();
const server = new Server();
server.addService(unaryService().service, {
  get: ({ request }: Call<{ key: string }>, answer: sendUnaryData<{ bytes: Buffer | undefined }>) =>
    answer(null, { bytes: pages.get(request.key) }),
  put: ({ request }: Call<{ key: string; bytes: Buffer }>, answer: sendUnaryData<object>) => {
    pages.set(request.key, request.bytes);
    answer(null, {});
  },
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  process.send?.(error === null ? { port } : { reason: error.message });
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // the bench ends us by closing the channel
