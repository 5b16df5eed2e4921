import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { plainModules } from '../support/plainModules.js';
import { blockKeyOf } from '../tiers/tierFixtures.js';
import type { LaneInvitation } from './sharedFixtures.js';

const modules = plainModules(
  'transfer/laneLink',
  'transfer/sharedLane',
  'transfer/openLane',
  'transfer/laneLimits',
  'observe/systemClock',
);

/** A client in a process of its own. Pages are named by the block's number. */
const program = `
  import { createInterface } from 'node:readline';
  const modules = await Promise.all(${JSON.stringify(modules)}.map((url) => import(url)));
  const { LaneLink, SharedLane, laneTarget, defaultLaneLimits: limits, systemClock: clock } = Object.assign({}, ...modules);
  const { address, ticket, halfBytes } = JSON.parse(process.argv[1]);
  const link = await LaneLink.open({
    target: laneTarget(address, '127.0.0.1:1'), peer: 'peer', ticket: Buffer.from(ticket, 'hex'), clock, limits,
  });
  const lane = await SharedLane.attach(link, halfBytes);
  const keyOf = ${blockKeyOf.toString()};
  const idOf = (block) => ({ block: keyOf(block), layer: 3 });
  const pages = new Map();
  const answers = {
    async lend(block) {
      const lent = await lane.lend(idOf(block));
      if (lent.kind === 'lent') pages.set(block, lent.page);
      return lent.kind;
    },
    verify: (block) => pages.get(block).verify(),
    firstByte: (block) => pages.get(block).read(({ k }) => k[0]),
    /** Reads without pause until the page has expired; what it saw under a good lease. */
    readOn(block) {
      const seen = new Set();
      for (;;) {
        const read = pages.get(block).read(({ k, v }) => k[0] + ' ' + v[v.length - 1]);
        if (read.kind === 'expired') return [...seen];
        seen.add(read.value);
      }
    },
    async get(block) {
      const into = { k: new Uint8Array(halfBytes), v: new Uint8Array(halfBytes) };
      const got = await lane.get(idOf(block), into);
      return [got.kind, into.k[0], into.v[0]];
    },
    release: (block) => pages.get(block).release() ?? null,
  };
  console.log('"attached"');
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...args] = JSON.parse(line);
    console.log(JSON.stringify(await answers[name](...args)));
  }
  process.exit();
`;

export interface SharedClient {
  readonly process: ChildProcess;
  ask(name: string, ...args: unknown[]): Promise<unknown>;
  end(): Promise<void>;
}

/** Answers when the lane is open. */
export async function startSharedClient(invitation: LaneInvitation): Promise<SharedClient> {
  const process_ = spawn(
    process.execPath,
    ['--input-type=module', '-e', program, JSON.stringify(invitation)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(process_, 'exit');
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const hear = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done !== true) return JSON.parse(value);
    const [code, signal] = await exited;
    throw new Error(`the client ended with ${signal ?? code}`);
  };
  await hear();
  return {
    process: process_,
    ask(...question) {
      process_.stdin.write(`${JSON.stringify(question)}\n`);
      return hear();
    },
    async end() {
      process_.stdin.end();
      await exited;
    },
  };
}
