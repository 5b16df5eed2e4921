import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { plainModules } from '../support/plainModules.js';

const [readerModule, regionModule] = plainModules('memory/sharedSlabReader', 'memory/sharedRegion');

/** Runs in a process of its own: answers questions about the memory at `place`. */
const program = `
  import { closeSync, ftruncateSync, openSync, readFileSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
  import { createInterface } from 'node:readline';
  const { SharedSlabReader } = await import(${JSON.stringify(readerModule)});
  const { SharedRegion } = await import(${JSON.stringify(regionModule)});
  const place = JSON.parse(process.argv[1]);
  const path = '/proc/' + place.pid + '/fd/' + place.fd;
  let reader, region, kept;
  const errnoOf = (use) => {
    const fd = openSync(path, 'r+');
    try { use(fd); return null; } catch (thrown) { return thrown.code; } finally { closeSync(fd); }
  };
  const answers = {
    open() {
      const opened = SharedSlabReader.open(place);
      reader = opened.reader;
      kept = reader?.view(0, 4);
      return { kind: opened.kind };
    },
    read: (slot) => [...reader.view(slot * place.slotBytes, 4)],
    readAt: (offset) => [...reader.view(offset, 4)],
    readKept: () => [...kept],
    isStill: (slot, generation) => reader.isStill(slot, generation),
    write: (slot) => { reader.view(slot * place.slotBytes, 1)[0] = 1; return null; },
    close: () => { reader.close(); return null; },
    mapToWrite() {
      const opened = SharedRegion.open(place, 'readWrite');
      return opened.kind === 'refused' ? opened.reason : 'mapped';
    },
    writeFile: () => errnoOf((fd) => writeSync(fd, 'x')),
    truncate: (bytes) => errnoOf((fd) => ftruncateSync(fd, bytes)),
    heldFiles: () => readdirSync('/proc/self/fd')
      .map((fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } })
      .filter((name) => name.includes('kvtide')),
    mappings: () => (readFileSync('/proc/self/maps', 'utf8').match(/memfd:kvtide/g) ?? []).length,
    openRegion() {
      const opened = SharedRegion.open(place, 'readWrite');
      region = opened.region ?? region;
      return opened.kind === 'refused' ? opened.reason : 'open';
    },
    writeRegion: (offset) => { region.parts.view(offset, 1)[0] = 42; return null; },
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...args] = JSON.parse(line);
    console.log(JSON.stringify(answers[name](...args)));
  }
`;

export interface Child {
  readonly process: ChildProcess;
  /** Rejects with the signal when the child was killed by one. */
  ask(name: string, ...args: unknown[]): Promise<unknown>;
  end(): Promise<void>;
}

export function startChild(...args: unknown[]): Child {
  const texts = args.map((argument) => JSON.stringify(argument));
  const process_ = spawn(process.execPath, ['--input-type=module', '-e', program, ...texts], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const exited = once(process_, 'exit');
  return {
    process: process_,
    async ask(...question) {
      process_.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done !== true) return JSON.parse(value);
      const [code, signal] = await exited;
      throw new Error(`the child ended with ${signal ?? code}`);
    },
    async end() {
      process_.stdin.end();
      await exited;
    },
  };
}
