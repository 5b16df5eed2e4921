import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kvtide } from './runKvtide.js';

/** Health and reflection come from packages that read files of theirs, which the build has to bring along. */
let coordinator: Kvtide;
let client: Client;

beforeAll(async () => {
  coordinator = new Kvtide(['coordinator', '--listen', '127.0.0.1:0', '--stages', '1', '--json']);
  await coordinator.says('"ready":');
  const { address }: { address: string } = JSON.parse(coordinator.stdout.split('\n')[0] ?? '');
  client = new Client(address, credentials.createInsecure());
});
afterAll(() => {
  client.close();
  coordinator.dispose();
});

const asSent = (bytes: Buffer): Buffer => bytes;

it('a server as it is built answers health checks', async () => {
  // HealthCheckRequest {}; the answer is HealthCheckResponse { status: SERVING }.
  const answer = new Promise((resolve, reject) => {
    const path = '/grpc.health.v1.Health/Check';
    client.makeUnaryRequest(path, asSent, asSent, Buffer.alloc(0), (error, value) =>
      error === null ? resolve(value) : reject(error),
    );
  });
  expect(await answer).toEqual(Buffer.from([0x08, 0x01]));
});

it.each(['v1', 'v1alpha'])('a server as it is built answers reflection %s', async (version) => {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const call = client.makeBidiStreamRequest(path, asSent, (bytes) => bytes.toString('latin1'));
  const answer = new Promise((resolve, reject) => call.on('data', resolve).on('error', reject));
  call.write(Buffer.from([0x3a, 0x00])); // ServerReflectionRequest { list_services: "" }
  expect(await answer).toContain('kvtide.v1.Coordinator');
  call.end();
});
