import { once } from 'node:events';
import { createConnection } from 'node:net';
import { Client, credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { describe, expect, it } from 'vitest';
import { onRequest } from '../../src/core/ports/network.js';
import { coordinatorEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import { useNetwork } from './echo.js';

const { lookup } = coordinatorEndpoints;

describe('a server', () => {
  const connect = useNetwork();

  it('on port 0 says which port it got', async () => {
    const { server } = await connect([]);
    expect(server.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
  });

  it('refuses a port that is in use and names the address', async () => {
    const { server } = await connect([]);
    await expect(new GrpcNetwork().serve(server.address, [])).rejects.toMatchObject({
      kind: 'conflict',
      message: `${server.address} is in use by another process; choose another port`,
    });
  });

  it('closes though somebody is connected who never says a word', async () => {
    const server = await new GrpcNetwork().serve('127.0.0.1:0', []);
    const silent = createConnection(Number(server.address.split(':')[1]), '127.0.0.1');
    await once(silent, 'connect');
    const closed = once(silent.resume(), 'close');
    await server.close(10);
    await closed;
  });

  it.each(['0.0.0.0:0', '[::]:0', '192.0.2.1:4600', 'kvtide.example:4600'])(
    'refuses %s without TLS, for listening and for dialling',
    async (address) => {
      const network = new GrpcNetwork();
      await expect(network.serve(address, [])).rejects.toThrow('--insecure-network');
      expect(() => network.dial(address)).toThrow('--insecure-network');
    },
  );

  it('listens everywhere when the insecure network is allowed', async () => {
    const server = await new GrpcNetwork({ insecureNetwork: true }).serve('0.0.0.0:0', []);
    await server.close(0);
    expect(server.address).toMatch(/^0\.0\.0\.0:\d+$/);
  });

  it.each(['', 'localhost', ':80', '127.0.0.1:99999', 'a:b:1'])('refuses "%s" as an address', (address) => {
    expect(() => new GrpcNetwork().dial(address)).toThrow('HOST:PORT');
  });

  it('lets calls in flight end before it closes', async () => {
    const { server, peer } = await connect([
      onRequest(lookup, async () => {
        closing = server.close(5_000);
        return { cachedBlocks: 1 };
      }),
    ]);
    let closing: Promise<void> | undefined;
    expect(await peer.request(lookup, {})).toMatchObject({ cachedBlocks: 1 });
    await closing;
    await expect(peer.request(lookup, {})).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('cuts calls that do not end in time', async () => {
    const { server, peer } = await connect([onRequest(lookup, () => new Promise(() => {}))]);
    const call = peer.request(lookup, {});
    const outcome = expect(call).rejects.toMatchObject({ kind: 'unavailable' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close(10);
    await outcome;
  });

  it('answers health checks', async () => {
    const { server } = await connect([onRequest(lookup, async () => ({}))]);
    const loaded = loadPackageDefinition(loadSync(protoPath, { enums: String }));
    const Health = Reflect.get(Object(Reflect.get(Object(loaded.grpc), 'health')), 'v1')
      .Health as ServiceClientConstructor;
    const client = new Health(server.address, credentials.createInsecure());
    const check = (service: string) =>
      new Promise((resolve) => client.check?.({ service }, (_: unknown, answer: unknown) => resolve(answer)));
    expect(await check('')).toEqual({ status: 'SERVING' });
    expect(await check('kvtide.v1.Coordinator')).toEqual({ status: 'SERVING' });
    expect(await check('kvtide.v1.Worker')).toBeUndefined();
    client.close();
  });

  it.each(['v1', 'v1alpha'])('answers reflection %s with the services that it has', async (version) => {
    const { server } = await connect([onRequest(lookup, async () => ({}))]);
    const client = new Client(server.address, credentials.createInsecure());
    // ServerReflectionRequest { list_services: "" } by hand: field 7, wire type 2, length 0.
    const call = client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      (bytes: Buffer) => bytes,
      (bytes) => bytes.toString('latin1'),
    );
    const answer = new Promise((resolve) => call.on('data', resolve));
    call.write(Buffer.from([0x3a, 0x00]));
    expect(await answer).toContain('kvtide.v1.Coordinator');
    const ended = new Promise((resolve) => call.on('status', resolve));
    call.end();
    await ended;
    client.close();
  });
});
