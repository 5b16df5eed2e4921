import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrequencySketch } from '../../src/policy/frequencySketch.js';
import type { PolicyColumns } from '../../src/policy/policyColumns.js';
import { WTinyLfuRetention } from '../../src/policy/wTinyLfuRetention.js';
import { keyedColumns } from './policyFixtures.js';
import { smallTrace } from './smallTrace.js';
import { type SlowPolicy, TableTwin, tableSteps } from './tableTwin.js';

interface Segments {
  readonly window: readonly number[];
  readonly probation: readonly number[];
  readonly main: readonly number[];
}

/** Three arrays, oldest first, copied at every step; only the sketch is shared with the policy. */
function slowWTinyLfu(columns: PolicyColumns, initialCapacity: number): SlowPolicy {
  const sketch = new FrequencySketch(initialCapacity);
  const uses = (handle: number) => sketch.estimate(columns, handle);
  let capacity = initialCapacity;
  let now: Segments = { window: [], probation: [], main: [] };
  const windowMax = () => Math.max(1, Math.floor(capacity / 100));
  const without = ({ window, probation, main }: Segments, handle: number): Segments => ({
    window: window.filter((other) => other !== handle),
    probation: probation.filter((other) => other !== handle),
    main: main.filter((other) => other !== handle),
  });
  const settle = ({ window, probation, main }: Segments): Segments => {
    const fromWindow = Math.max(0, window.length - windowMax());
    const fromMain = Math.max(0, main.length - Math.floor(0.8 * Math.max(0, capacity - windowMax())));
    return {
      window: window.slice(fromWindow),
      probation: [...probation, ...window.slice(0, fromWindow), ...main.slice(0, fromMain)],
      main: main.slice(fromMain),
    };
  };
  return {
    insert: (handle) => {
      sketch.add(columns, handle);
      now = settle({ ...now, window: [...now.window, handle] });
    },
    access: (handle) => {
      sketch.add(columns, handle);
      const segment = now.window.includes(handle) ? 'window' : 'main';
      const rest = without(now, handle);
      now = settle({ ...rest, [segment]: [...rest[segment], handle] });
    },
    remove: (handle) => {
      now = without(now, handle);
    },
    evict: (count, isProtected) => {
      const victims: number[] = [];
      let next = now;
      for (let coming = 1; coming <= count; coming += 1) {
        const candidate = next.window.find((handle) => !isProtected(handle));
        const rival = [...next.probation, ...next.main].find((handle) => !isProtected(handle));
        const overflows = candidate !== undefined && next.window.length + coming > windowMax();
        const loses = overflows && rival !== undefined && uses(candidate) <= uses(rival);
        const victim = rival === undefined || loses ? candidate : rival;
        if (victim === undefined) return undefined;
        victims.push(victim);
        next = without(next, victim);
        if (overflows && victim !== candidate) {
          const rest = without(next, candidate);
          next = { ...rest, probation: [...rest.probation, candidate] };
        }
      }
      now = next;
      return victims;
    },
    resize: (to) => {
      capacity = to;
      sketch.resize(to);
      now = settle(now);
    },
  };
}

const create = (columns: PolicyColumns, capacity: number) => new WTinyLfuRetention(columns, capacity);

describe('W-TinyLFU', () => {
  it('chooses as three arrays do, with handles given anew, protected ones and other capacities', () => {
    fc.assert(
      fc.property(tableSteps, fc.integer({ min: 1, max: 40 }), (steps, capacity) => {
        const table = new TableTwin(create, slowWTinyLfu, capacity);
        table.run(steps);
        table.drain();
      }),
    );
  });

  it('chooses so when all is full and the window holds more than one', () => {
    const capacity = 500;
    const columns = keyedColumns(2000);
    const policy = create(columns, capacity);
    const slow = slowWTinyLfu(columns, capacity);
    const held = new Set<number>();
    for (const [at, block] of smallTrace.entries()) {
      const handle = (3 * block + (at % 7) * 40) % 2000;
      if (held.has(handle)) {
        policy.access(handle);
        slow.access(handle);
        continue;
      }
      if (held.size === capacity) {
        const count = 1 + (at % 3);
        const isProtected = (other: number) => other % 5 === 0;
        const handles = slow.evict(count, isProtected)!;
        expect(policy.evict(count, isProtected)).toEqual({ kind: 'victims', handles });
        for (const victim of handles) held.delete(victim);
      }
      held.add(handle);
      policy.insert(handle);
      slow.insert(handle);
    }
  });

  it('keeps what is used often while a scan passes through the window', () => {
    const capacity = 100;
    const columns = keyedColumns(5000);
    const policy = create(columns, capacity);
    const popular = Array.from({ length: 50 }, (_, handle) => handle);
    const gone: number[] = [];
    for (let at = 0; at < 100; at += 1) policy.insert(at);
    for (let round = 0; round < 3; round += 1) for (const handle of popular) policy.access(handle);
    for (let scanned = 100; scanned < 400; scanned += 1) {
      const eviction = policy.evict(1, () => false);
      if (eviction.kind === 'victims') gone.push(...eviction.handles);
      policy.insert(scanned);
    }
    expect(gone).toHaveLength(300);
    expect(gone.filter((handle) => popular.includes(handle))).toEqual([]);
  });
});
