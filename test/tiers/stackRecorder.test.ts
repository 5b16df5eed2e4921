import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BlockKey } from '../../src/core/blockKey.js';
import type { NamespaceId } from '../../src/core/namespace.js';
import { PageRecords } from '../../src/tiers/pageRecords.js';
import { type PageRequest, PageRequests } from '../../src/tiers/pageRequest.js';
import { StackRecorder } from '../../src/tiers/stackRecorder.js';

const blockTokens = 16;
const keyOf = (number: number) => createHash('sha256').update(String(number)).digest('hex') as BlockKey;

/** A recorder of blocks that all lie at depth 0, and what it has told of requests. */
function recording(idsMax?: number) {
  const lines: string[] = [];
  const sink = { write: (line: string) => lines.push(line) > 0 };
  const recorder = new StackRecorder(sink, 'a'.repeat(64) as NamespaceId, blockTokens, idsMax);
  const records = new PageRecords({ from: 0, to: 1 });
  const requests = new PageRequests();
  const use = (number: number, request: PageRequest): void => {
    const page = { block: keyOf(number), layer: 0 };
    recorder.used(records, records.blockOf(records.find(page) ?? records.add(page, 0, 0n)), request);
  };
  const ask = (): PageRequest => {
    const request = requests.next('prefill');
    request.stepped(blockTokens, true);
    return request;
  };
  const told = () => lines.slice(1).map((line) => JSON.parse(line).hash_ids);
  return { recorder, requests, use, ask, told };
}

describe('what a recorder tells of requests', () => {
  it('lacks none of them however many blocks were given meanwhile', () => {
    const { recorder, requests, use, ask, told } = recording();
    const request = ask();
    use(0, request);
    for (let given = 1; given <= 5000; given += 1) use(given, requests.next('blocks'));
    recorder.ended(request, 1);
    expect(told()).toEqual([[0]]);
  });

  it('leaves out those with blocks beyond the most that get a number', () => {
    const { recorder, use, ask, told } = recording(2);
    for (const number of [7, 8, 9, 8]) {
      const request = ask();
      use(number, request);
      recorder.ended(request, 1);
    }
    expect(told()).toEqual([[0], [1], [1]]);
  });
});
