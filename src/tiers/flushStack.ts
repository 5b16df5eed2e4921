import type { EffectRunner } from './effectRunner.js';
import type { StackParts } from './stackParts.js';
import type { FlushEnd } from './tierStack.js';

/** As the stack's `flush`. */
export async function flushStack({ disk, table }: StackParts, runner: EffectRunner): Promise<FlushEnd> {
  const { scope, effects } = table.beginFlush();
  runner.run(effects);
  while (scope.isUnderWay()) await runner.changed();
  await disk?.flush();
  const pagesInMemory = scope.countInMemory();
  return pagesInMemory === 0 ? { kind: 'flushed' } : { kind: 'partly', pagesInMemory };
}
