import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { onAbort } from '../../src/transfer/onAbort.js';

it('calls all who listen, once, over one listener of the signal', () => {
  const controller = new AbortController();
  const called: number[] = [];
  const cancels = Array.from({ length: 50 }, (_, i) => onAbort(controller.signal, () => called.push(i)));
  for (const cancel of cancels.slice(2)) cancel();
  cancels[2]!();
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  controller.abort();
  controller.abort();
  expect(called).toEqual([0, 1]);
});

it('leaves out who is cancelled by another listener', () => {
  const controller = new AbortController();
  const called: string[] = [];
  onAbort(controller.signal, () => {
    called.push('first');
    cancelSecond();
  });
  const cancelSecond = onAbort(controller.signal, () => called.push('second'));
  controller.abort();
  expect(called).toEqual(['first']);
});
