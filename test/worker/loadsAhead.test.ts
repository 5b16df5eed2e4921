import { expect, it } from 'vitest';
import type { PageHandle } from '../../src/tiers/pageHandle.js';
import type { LoadOptions, LoadOutcome } from '../../src/tiers/tierStack.js';
import { LoadsAhead } from '../../src/worker/loadsAhead.js';

const handles = (...numbers: number[]) => numbers as PageHandle[];

/** A stack whose loads end when the test says so. */
function slowStack() {
  const asked = new Map<number, { end(outcome: LoadOutcome): void; readonly options: LoadOptions }>();
  const done: number[] = [];
  return {
    asked,
    done,
    load: (handle: PageHandle, options: LoadOptions) =>
      new Promise<LoadOutcome>((end) => {
        asked.set(handle, { end, options });
      }),
    doneWith: (slot: number) => void done.push(slot),
  };
}

it('brings pages behind what a step loads, gives their slots back and remembers where they came from', async () => {
  const stack = slowStack();
  const ahead = new LoadsAhead(stack);
  ahead.begin(handles(1, 2, 3));
  expect([...stack.asked.values()].map(({ options }) => options.priority)).toEqual(
    new Array(3).fill('prefetch'),
  );
  stack.asked.get(1)!.end({ kind: 'hit', slot: 7, from: 'disk', bytes: 4096, ms: 1 });
  stack.asked.get(2)!.end({ kind: 'hit', slot: 8, from: 'device', bytes: 0, ms: 0 });
  stack.asked.get(3)!.end({ kind: 'miss' });
  await Promise.resolve();
  await Promise.resolve();
  expect(stack.done).toEqual([7, 8]);
  expect(handles(1, 2, 3).map((handle) => ahead.cameFrom(handle))).toEqual(['disk', null, null]);
  expect(ahead.cameFrom(handles(1)[0]!)).toBeNull();
});

it('wants nothing any more once it is stopped, and forgets what was brought for an earlier job', async () => {
  const stack = slowStack();
  const ahead = new LoadsAhead(stack);
  ahead.begin(handles(1));
  const { options, end } = stack.asked.get(1)!;
  ahead.stop();
  expect(options.signal?.aborted).toBe(true);
  end({ kind: 'hit', slot: 7, from: 'pinned', bytes: 4096, ms: 1 });
  await Promise.resolve();
  await Promise.resolve();
  expect(stack.done).toEqual([7]);
  ahead.begin(handles(2));
  expect(ahead.cameFrom(handles(1)[0]!)).toBeNull();
});
