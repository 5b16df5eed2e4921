import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { serviceDefinition } from '../../src/rpc/codec.js';
import { type FuzzedMethod, fuzzedMessage, type KnownValues } from './fuzzedMessage.js';
import type { FuzzSource } from './fuzzSource.js';

const messagesMax = 4;

const asIs = (bytes: Buffer): Buffer => bytes;

export interface CallEnd {
  readonly path: string;
  readonly messages: number;
  readonly code: status;
}

/** Sends what a stranger might, to every method of one service. */
export class CallFuzzer {
  readonly #client: Client;
  readonly #methods: readonly FuzzedMethod[];
  readonly #deadlineMs: number;

  constructor(address: string, service: string, deadlineMs: number) {
    this.#client = new Client(address, credentials.createInsecure());
    this.#methods = Object.values(serviceDefinition(service)) as FuzzedMethod[];
    this.#deadlineMs = deadlineMs;
  }

  /** One call, until it has ended. */
  call(source: FuzzSource, known: KnownValues): Promise<CallEnd> {
    const method = source.pick(this.#methods);
    const count = method.requestStream ? 1 + source.below(messagesMax) : 1;
    const messages = Array.from({ length: count }, () => fuzzedMessage(source, method, known));
    const deadline = Date.now() + this.#deadlineMs;
    const { path } = method;
    return new Promise((resolve) => {
      const ended = (code: status) => resolve({ path, messages: count, code });
      if (!method.requestStream) {
        const answered = (error: ServiceError | null) => ended(error?.code ?? status.OK);
        this.#client.makeUnaryRequest(path, asIs, asIs, messages[0]!, { deadline }, answered);
        return;
      }
      const call = this.#client.makeBidiStreamRequest(path, asIs, asIs, { deadline });
      call.on('data', () => {});
      call.on('error', () => {}); // its code comes with the status
      call.on('status', ({ code }) => ended(code));
      for (const message of messages) call.write(message);
      call.end();
    });
  }

  close(): void {
    this.#client.close();
  }
}
