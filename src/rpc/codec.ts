import type { ServiceDefinition } from '@grpc/proto-loader';
import { KvError } from '../core/errors.js';
import type { Message, RequestEndpoint, StreamEndpoint } from '../core/ports/network.js';
import { dataFieldOf, encodeBulk } from './bulkField.js';
import { loadProtos } from './loadProtos.js';
import type { SendBuffers } from './sendBuffers.js';

export type Endpoint<Q extends Message, R extends Message> = RequestEndpoint<Q, R> | StreamEndpoint<Q, R>;

/** How the messages of one endpoint become bytes and come back. Decoded `bytes` fields are views. */
export interface Codec<Q extends Message, R extends Message> {
  /** The path of the HTTP/2 request: `/package.Service/Method`. */
  readonly path: string;
  /** @param buffers where the memory of bulk messages comes from, if anywhere. */
  encodeQuestion(message: Q['write'], buffers?: SendBuffers): Buffer;
  decodeQuestion(bytes: Buffer): Q['read'];
  encodeAnswer(message: R['write'], buffers?: SendBuffers): Buffer;
  decodeAnswer(bytes: Buffer): R['read'];
}

/** @throws KvError `internal` when no .proto file has the service. */
export function serviceDefinition(service: string): ServiceDefinition {
  const found = loadProtos()[service];
  // What is neither a message nor an enum has no format: that is a service.
  if (found === undefined || 'format' in found) {
    throw new KvError('internal', `no .proto file has a service ${service}`);
  }
  return found as ServiceDefinition;
}

/** What grpc-js is to make of a message that is encoded already. */
export function asEncoded(bytes: Buffer): Buffer {
  return bytes;
}

const codecs = new Map<string, Codec<Message, Message>>();

/** @throws KvError `internal` when the endpoint is in no .proto file. */
export function codecOf<Q extends Message, R extends Message>({
  service,
  name,
}: Endpoint<Q, R>): Codec<Q, R> {
  const path = `/${service}/${name}`;
  let codec = codecs.get(path);
  if (codec === undefined) {
    const method = serviceDefinition(service)[name];
    if (method === undefined) throw new KvError('internal', `no .proto file has ${path}`);
    codec = {
      path: method.path,
      // An endpoint's types are generated from the file that these serializers are made from.
      encodeQuestion: encoder(method.requestSerialize, dataFieldOf(path, 'question')),
      decodeQuestion: method.requestDeserialize,
      encodeAnswer: encoder(method.responseSerialize, dataFieldOf(path, 'answer')),
      decodeAnswer: method.responseDeserialize,
    };
    codecs.set(path, codec);
  }
  return codec as Codec<Q, R>;
}

function encoder(serialize: (message: object) => Buffer, dataField: number | undefined) {
  return (message: unknown, buffers?: SendBuffers): Buffer => {
    const bulk =
      dataField !== undefined && buffers !== undefined
        ? encodeBulk(message, dataField, serialize, buffers)
        : null;
    return bulk ?? serialize(message as object);
  };
}
