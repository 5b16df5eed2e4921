import { expect, it } from 'vitest';
import { settingsSchema } from '../../src/cli/settings.js';
import { defaultCoordinatorOptions } from '../../src/coordinator/options.js';

it('a worker that is silent is lost within two seconds by default', () => {
  const { leaseMs, tickMs } = defaultCoordinatorOptions;
  expect(leaseMs + tickMs).toBeLessThan(2_000);
  expect(settingsSchema.parse({}).leaseMs).toBe(leaseMs);
});
