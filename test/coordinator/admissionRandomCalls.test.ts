import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KvError } from '../../src/core/errors.js';
import { AdmissionCluster, blockTokens, options } from './admissionCluster.js';
import { at } from './clusterParts.js';

describe('admission under any calls', () => {
  it('never admits more than the stages hold, and forgets no wait', () => {
    const action = fc.oneof(
      fc.record({
        kind: fc.constant('ask' as const),
        blocks: fc.integer({ min: 1, max: 30 }),
        who: fc.nat(2),
      }),
      fc.record({ kind: fc.constant('release' as const), at: fc.nat(9) }),
      fc.record({ kind: fc.constant('withdraw' as const), at: fc.nat(9) }),
      fc.record({
        kind: fc.constant('grow' as const),
        at: fc.nat(9),
        blocks: fc.integer({ min: 1, max: 30 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const one = new AdmissionCluster();
        one.serve();
        const { admission } = one.machine.sequences;
        const waiting = new Set<number>();
        const live = () => one.tables.snapshot().sequences;
        const attempt = (call: () => void) => {
          try {
            call();
          } catch (thrown) {
            expect(KvError.from(thrown).kind).toBe('exhausted');
          }
        };
        actions.forEach((what, ticket) => {
          const pick = live()[what.kind === 'ask' ? 0 : what.at % Math.max(1, live().length)];
          const epoch = one.machine.membership.epoch;
          if (what.kind === 'ask')
            attempt(() => {
              if (one.ask(what.blocks, ticket, `tenant ${what.who}`).kind === 'waiting') waiting.add(ticket);
            });
          else if (what.kind === 'withdraw') {
            const gone = [...waiting][what.at % Math.max(1, waiting.size)];
            if (gone !== undefined) one.handle('withdraw', { ticket: gone }, at(0));
            waiting.delete(gone ?? -1);
          } else if (pick !== undefined && what.kind === 'release') one.release(pick.id, pick.tenant);
          else if (pick !== undefined && what.kind === 'grow') {
            const maxTokens = what.blocks * blockTokens;
            const { id: sequence, tenant, tokens } = pick;
            attempt(() =>
              one.handle('extend', { tenant, sequence, epoch, blocks: [], tokens, maxTokens }, at(0)),
            );
          }
          for (const end of one.ended) waiting.delete(typeof end === 'number' ? end : end.refused);
          expect(admission.waiting).toBe(waiting.size);
          expect(admission.waiting).toBeLessThanOrEqual(options.admissionQueueMax);
          for (const { admittedBytes, budgetBytes } of admission.stages())
            expect(admittedBytes).toBeLessThanOrEqual(budgetBytes);
        });
        // When all that lives ends, all that waits is admitted in its time.
        while (live().length > 0) for (const { id, tenant } of live()) one.release(id, tenant);
        expect(admission.waiting).toBe(0);
        expect(one.admittedBytes).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
