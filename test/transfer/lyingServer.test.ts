import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/observe/systemClock.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { FramedLane } from '../../src/transfer/framedLane.js';
import { collectPayload } from '../../src/transfer/framePayload.js';
import { FrameReader } from '../../src/transfer/frameReader.js';
import { encodeHeader, type FrameFields } from '../../src/transfer/laneFrame.js';
import { defaultLaneLimits as limits } from '../../src/transfer/laneLimits.js';
import { LaneLink } from '../../src/transfer/laneLink.js';
import { answerCodes, laneOps } from '../../src/transfer/laneOps.js';
import { welcomeBytes } from '../../src/transfer/lanePayloads.js';
import { emptyPage, pageId, sealedPage } from '../support/testPages.js';

const halfBytes = 4000;
const welcome = { pageBytes: 2 * halfBytes, window: 4, leaseMs: 1 };
const peer = 'worker:1';
const closing: (() => void)[] = [];
let servers = 0;

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What the server says to each request; the hello is welcomed by it, too. */
type Says = (
  request: number,
  op: number,
  send: (fields: FrameFields, payload?: Buffer) => void,
  socket: Socket,
) => void;

const greet =
  (then: Says, payload = welcomeBytes(welcome)): Says =>
  (request, op, send, socket) => {
    if (op === laneOps.hello) send({ op: laneOps.welcome, request }, payload);
    else then(request, op, send, socket);
  };

async function link(says: Says, clock = systemClock): Promise<LaneLink> {
  servers += 1;
  const path = `\0kvtide-lying-${process.pid}-${servers}`;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const send = (fields: FrameFields, payload: Buffer = Buffer.alloc(0)) =>
      socket.write(Buffer.concat([encodeHeader({ payloadBytes: payload.length, ...fields }), payload]));
    const reader = new FrameReader(({ request, op, payloadBytes }) =>
      collectPayload(payloadBytes, () => says(request, op, send, socket)),
    );
    socket.on('data', (chunk) => reader.take(chunk));
    closing.push(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closing.push(() => server.close());
  return LaneLink.open({ target: { path }, peer, ticket: Buffer.alloc(32), clock, limits });
}

const lane = async (then: Says, clock?: SimulatedClock) =>
  new FramedLane('unix', await link(greet(then), clock ?? systemClock), halfBytes);

const page = sealedPage(1, halfBytes);
const bytes = Buffer.concat([page.view.k, page.view.v]);
const seal = { op: laneOps.page, ...page.id, checksum: page.checksum, blockIndex: page.blockIndex };

const lies: readonly [string, Says, string][] = [
  [
    'a page of another block',
    (request, _, send) => send({ ...seal, ...pageId(2), request }, bytes),
    'was asked for',
  ],
  [
    'a page of another layer',
    (request, _, send) => send({ ...seal, layer: 9, request }, bytes),
    'was asked for',
  ],
  [
    'a page of another size',
    (request, _, send) => send({ ...seal, request }, bytes.subarray(1)),
    'it has 8000 here',
  ],
  [
    'a page of 4 GiB',
    (request, _, send) => send({ ...seal, request, payloadBytes: 2 ** 32 - 1 }),
    '4294967295 bytes',
  ],
  [
    'an answer to nothing',
    (request, _, send) => send({ ...seal, request: request + 1 }, bytes),
    'answers nothing',
  ],
  [
    'an answer to another question',
    (request, _, send) => send({ op: laneOps.answer, code: answerCodes.stored, request }),
    'is no answer to get',
  ],
  [
    'an answer that is none',
    (request, _, send) => send({ op: laneOps.answer, code: 999, request }),
    'is no answer to get',
  ],
  [
    'a long text',
    (request, _, send) => send({ op: laneOps.answer, code: answerCodes.failed, request }, Buffer.alloc(513)),
    'is no answer to get',
  ],
  ['a question', (request, _, send) => send({ op: laneOps.get, request }), 'is no answer to get'],
  ['noise', (_request, _op, _send, socket) => socket.write(Buffer.alloc(64, 7)), 'not with KVTF'],
  ['its leave', (_request, _op, _send, socket) => socket.end(), 'has closed the lane'],
  [
    'half a page, and leaves',
    (request, _op, send, socket) => {
      send({ ...seal, request, payloadBytes: bytes.length }, bytes.subarray(0, halfBytes + 9));
      socket.end();
    },
    'has closed the lane',
  ],
];

describe('a lane to a server that lies', () => {
  it.each(lies)('answers unavailable to who is sent %s, and is closed', async (_, says, text) => {
    const under = await lane(says);
    const outcome = await under.get(page.id, emptyPage(halfBytes));
    expect(outcome).toMatchObject({ kind: 'unavailable', cause: { message: expect.stringContaining(text) } });
    expect(under.isOpen).toBe(false);
  });

  it('does not take what was damaged on its way', async () => {
    let turn = 0;
    const under = await lane((request, _, send) => {
      const sent = Buffer.from(bytes);
      if (turn < 2) sent[turn * (bytes.length - 1)]! ^= 1;
      turn += 1;
      send({ ...seal, request }, sent);
    });
    const kinds: string[] = [];
    for (let i = 0; i < 3; i += 1) kinds.push((await under.get(page.id, emptyPage(halfBytes))).kind);
    expect(kinds).toEqual(['corrupt', 'corrupt', 'hit']);
  });

  it('tells all who wait the error that it is closed with', async () => {
    const under = await lane((_, op, send) => {
      if (op === laneOps.put) send({ op: laneOps.error }, Buffer.from('exhausted\ntoo many pages'));
    });
    const calls = [under.get(page.id, emptyPage(halfBytes)), under.put(page)];
    for (const outcome of await Promise.all(calls)) {
      const cause = { kind: 'exhausted', message: 'worker:1 closed the lane: too many pages' };
      expect(outcome).toMatchObject({ kind: 'unavailable', cause });
    }
  });

  it('does not wait for ever for who says nothing', async () => {
    const clock = new SimulatedClock();
    const under = await lane(() => {}, clock);
    await clock.advance(limits.silentMs * 2); // nothing is owed yet
    const call = under.get(page.id, emptyPage(halfBytes));
    await clock.advance(limits.silentMs / 2);
    expect(under.isOpen).toBe(true);
    await clock.advance(limits.silentMs);
    expect(await call).toMatchObject({ kind: 'unavailable', cause: { kind: 'timedOut' } });
  });

  it('is not opened by a bad welcome', async () => {
    const none = () => {};
    await expect(link(greet(none, welcomeBytes({ ...welcome, window: 0 })))).rejects.toMatchObject({
      message: 'worker:1 allows no requests',
    });
    await expect(link(greet(none, Buffer.alloc(13)))).rejects.toMatchObject({ kind: 'invalid' });
    const leaves: Says = (_request, _op, _send, socket) => socket.destroy();
    await expect(link(leaves)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

it('lets a page land that is landing when its call is given up, and only then says so', async () => {
  let sendRest = () => {};
  const under = await lane((request, _op, send, socket) => {
    send({ ...seal, request, payloadBytes: bytes.length }, bytes.subarray(0, 100));
    sendRest = () => void socket.write(bytes.subarray(100));
  });
  const into = emptyPage(halfBytes);
  const controller = new AbortController();
  let settled = false;
  const call = under.get(page.id, into, controller.signal).finally(() => {
    settled = true;
  });
  await expect.poll(() => into.k[99]).toBe(page.view.k[99]);
  controller.abort(new Error('enough'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(settled).toBe(false);
  sendRest();
  await expect(call).rejects.toThrow('enough');
  expect(into.v[halfBytes - 1]).toBe(page.view.v[halfBytes - 1]);
  expect(under.isOpen).toBe(true);
});

it('takes no answer of any length to a call that was given up', async () => {
  let answer: (() => void) | undefined;
  const under = await lane((request, _, send) => {
    answer = () => send({ ...seal, request, payloadBytes: 0xffff_ffff });
  });
  const controller = new AbortController();
  const call = under.get(page.id, emptyPage(halfBytes), controller.signal);
  await expect.poll(() => answer).toBeDefined();
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  answer?.();
  await expect.poll(() => under.isOpen).toBe(false);
});
