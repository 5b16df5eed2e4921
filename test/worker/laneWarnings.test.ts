import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { SimulatedClock } from '../../src/simulate/simulatedClock.js';
import { laneWarnings } from '../../src/worker/laneWarnings.js';

const figures = { kind: 'tcp', outPages: 0, outBytes: 0, inPages: 0, inBytes: 0, lentSlots: 0 } as const;
const junk = new KvError('invalid', 'not with KVTF');

describe('laneWarnings', () => {
  it('counts strangers and tells of them once a minute, and of each peer that is known', async () => {
    const told: [string, unknown][] = [];
    const clock = new SimulatedClock();
    const { closed } = laneWarnings((message, context) => void told.push([message, context]), clock);
    const junkCame = () => closed?.({ peer: '', ...figures }, junk);
    for (let count = 0; count < 100; count += 1) junkCame();
    const text = 'connections for lanes said no good hello; the last one: not with KVTF';
    expect(told).toEqual([[text, { strangers: 1 }]]);
    await clock.advance(60_000);
    junkCame();
    expect(told[1]).toEqual([text, { strangers: 100 }]);
    closed?.({ peer: 'known', ...figures }, junk);
    closed?.({ peer: 'known', ...figures }, new KvError('unavailable', 'gone'));
    expect(told.slice(2)).toEqual([['a lane was cut: not with KVTF', { peer: 'known', lane: 'tcp' }]]);
  });
});
