import { afterEach, describe, expect, it } from 'vitest';
import { KvClient } from '../../src/client/kvClient.js';
import { onRequest, onStream } from '../../src/core/ports/network.js';
import { coordinatorEndpoints, workerEndpoints } from '../../src/rpc/endpoints.js';
import { GrpcNetwork } from '../../src/rpc/grpcNetwork.js';
import type { DialTls, ServeTls } from '../../src/rpc/tlsOptions.js';
import { makeCertificates } from '../support/certificates.js';

const { flush, decode } = workerEndpoints;
const { ca, otherCa, server, client } = makeCertificates();
const insecureNetwork = false;
const answered = { unflushedPages: 3 };

describe('TLS', () => {
  const closers: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const serve = async (tls?: ServeTls) => {
    const network = new GrpcNetwork({ insecureNetwork, ...(tls && { tls: { serve: tls } }) });
    const started = await network.serve('127.0.0.1:0', [
      onRequest(flush, async () => answered),
      onRequest(coordinatorEndpoints.describe, async () => ({})),
      onStream(decode, async (stream) => {
        for await (const _ of stream) await stream.send({});
      }),
    ]);
    closers.push(() => started.close(0));
    return started.address;
  };
  const dial = (address: string, tls?: DialTls) => {
    const peer = new GrpcNetwork({ insecureNetwork, ...(tls && { tls: { dial: tls } }) }).dial(address);
    closers.push(() => peer.close());
    return peer;
  };
  const call = (address: string, tls?: DialTls) => dial(address, tls).request(flush, {});
  const fails = async (address: string, tls: DialTls | undefined, why: RegExp) => {
    const failure = { kind: 'unavailable', message: expect.stringMatching(why), context: { address } };
    await expect(call(address, tls)).rejects.toMatchObject(failure);
    await expect(call(address, tls)).rejects.toMatchObject({ message: expect.not.stringContaining('\n') });
  };

  it('carries requests and streams to a server that the authority has signed', async () => {
    const address = await serve(server);
    expect(await call(address, { ca })).toEqual(answered);
    expect(await call(address, { ca: ca.toString() })).toEqual(answered);
    expect(await call(address, { ca, serverName: 'kvtide.test' })).toEqual(answered);
    const stream = dial(address, { ca }).stream(decode);
    await stream.send({});
    expect((await stream[Symbol.asyncIterator]().next()).done).toBe(false);
    stream.end();
  });

  it('fails with one line at a server of another authority, or of another name', async () => {
    const address = await serve(server);
    await fails(address, { ca: otherCa }, /^127\.\S+ its certificate is signed by none of the authorities/);
    await fails(address, {}, /signed by none of the authorities/);
    await fails(address, { ca, serverName: 'other.test' }, /its certificate is for another name$/);
  });

  it('fails with one line where only one side speaks it', async () => {
    await fails(await serve(server), undefined, /^127\.\S+ it has dropped the connection; if it speaks TLS,/);
    await fails(await serve(), { ca }, /it does not speak TLS$/);
  });

  it('lets in only clients with a certificate where those are required', async () => {
    const address = await serve({ ...server, ca, requireClientCert: true });
    expect(await call(address, { ca, ...client })).toEqual(answered);
    await fails(address, { ca }, /it wants a certificate of this side$/);
    await expect(serve({ ...server, requireClientCert: true })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('needs no --insecure-network beyond loopback', async () => {
    const network = new GrpcNetwork({ insecureNetwork, tls: { serve: server, dial: { ca } } });
    const started = await network.serve('0.0.0.0:0', [onRequest(flush, async () => answered)]);
    closers.push(() => started.close(0));
    expect(() => network.dial('kvtide.test:1').close()).not.toThrow();
    expect(await call(`127.0.0.1:${started.address.split(':')[1]}`, { ca })).toEqual(answered);
    // Each direction has its own.
    const dialOnly = new GrpcNetwork({ insecureNetwork, tls: { dial: { ca } } });
    await expect(dialOnly.serve('0.0.0.0:0', [])).rejects.toThrow('without TLS');
    const serveOnly = new GrpcNetwork({ insecureNetwork, tls: { serve: server } });
    expect(() => serveOnly.dial('kvtide.test:1')).toThrow('without TLS');
  });

  it('refuses what is no certificate', async () => {
    const refused = { kind: 'invalid', message: expect.stringContaining('certificates cannot be used') };
    expect(() => dial('127.0.0.1:1', { ca: 'no PEM' })).toThrow(expect.objectContaining(refused));
    expect(() => dial('127.0.0.1:1', { ca, cert: client.cert })).toThrow(expect.objectContaining(refused));
    await expect(serve({ cert: 'no PEM', key: server.key })).rejects.toMatchObject(refused);
    await expect(serve({ cert: server.cert, key: client.key })).rejects.toMatchObject(refused);
  });

  it('tells a client of the SDK why it cannot connect', async () => {
    const address = await serve(server);
    // The stub behind it speaks no protocol: what answers is beyond TLS.
    await expect(KvClient.connect(address, { tls: { ca } })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(KvClient.connect(address, { tls: { ca: otherCa } })).rejects.toThrow(
      'its certificate is signed',
    );
    await expect(KvClient.connect(address)).rejects.toThrow('if it speaks TLS');
  });
});
