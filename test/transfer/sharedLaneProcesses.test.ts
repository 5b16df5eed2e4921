import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { LaneLimits } from '../../src/transfer/laneLimits.js';
import { type SharedClient, startSharedClient } from './sharedClient.js';
import { halfBytes, pageOf, type SharedServer, startSharedServer, until } from './sharedFixtures.js';

/** A server here, clients in processes of their own. */
describe('pages lent to another process', () => {
  const servers: SharedServer[] = [];
  const clients: SharedClient[] = [];
  const start = async (slots: number, limits: Partial<LaneLimits> = {}) => {
    const server = await startSharedServer(slots, limits);
    servers.push(server);
    return server;
  };
  const join = async (server: SharedServer) => {
    const client = await startSharedClient(server.invite());
    clients.push(client);
    return client;
  };
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    for (const server of servers.splice(0)) await server.close();
    // What one test leaves behind the next one would count as its own.
    await until(() => sharedMappings() === 0);
  });

  it('are read and verified there', async () => {
    const server = await start(2);
    server.host.keep(pageOf(7));
    const client = await join(server);
    expect(await client.ask('lend', 7)).toBe('lent');
    expect(await client.ask('verify', 7)).toBe('right');
    expect(await client.ask('get', 7)).toEqual(['hit', pageOf(7).view.k[0], pageOf(7).view.v[0]]);
    await until(() => server.host.loans === 1);
    await client.ask('release', 7);
    await until(() => server.host.loans === 0);
  });

  it('are back within a second when the reader is killed, and so is its segment', async () => {
    const server = await start(2);
    server.host.keep(pageOf(1));
    server.host.keep(pageOf(2));
    const before = sharedMappings();
    const client = await join(server);
    for (const block of [1, 2]) expect(await client.ask('lend', block)).toBe('lent');
    expect(server.host.reserve(pageOf(3).id, pageOf(3))).toEqual({ kind: 'full' });
    client.process.kill('SIGKILL');
    expect(await until(() => server.host.loans === 0)).toBeLessThan(1000);
    await until(() => sharedMappings() === before);
    server.host.keep(pageOf(3));
    expect(server.server.figures()).toEqual([]);
  });

  it('expire with their lease: a reader that overstays never takes other bytes for the page', async () => {
    const server = await start(1, { leaseMs: 80 });
    const wanted = pageOf(1);
    server.host.keep(wanted);
    const client = await join(server);
    expect(await client.ask('lend', 1)).toBe('lent');
    const seen = client.ask('readOn', 1);
    await until(() => server.host.loans === 0);
    // The slot comes to hold other pages while the reader reads on.
    for (let block = 2; block < 40; block += 1) server.host.keep(pageOf(block));
    expect(await seen).toEqual([`${wanted.view.k[0]} ${wanted.view.v[halfBytes - 1]}`]);
    expect(await client.ask('verify', 1)).toBe('expired');
    expect(await client.ask('get', 39)).toEqual(['hit', pageOf(39).view.k[0], pageOf(39).view.v[0]]);
  });

  it('expire for a reader that was stopped over its lease and goes on', async () => {
    const server = await start(1, { leaseMs: 50 });
    server.host.keep(pageOf(1));
    const client = await join(server);
    await client.ask('lend', 1);
    client.process.kill('SIGSTOP');
    await until(() => server.host.loans === 0);
    server.host.keep(pageOf(2));
    client.process.kill('SIGCONT');
    expect(await client.ask('firstByte', 1)).toEqual({ kind: 'expired' });
    expect(await client.ask('lend', 2)).toBe('lent');
    expect(await client.ask('verify', 2)).toBe('right');
  });
});

function sharedMappings(): number {
  return (readFileSync('/proc/self/maps', 'utf8').match(/memfd:kvtide/g) ?? []).length;
}
