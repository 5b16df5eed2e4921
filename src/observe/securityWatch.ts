import { identityText } from '../core/identity.js';
import type {
  AdminAction,
  Refusal,
  RefusalReason,
  SecurityObserver,
} from '../core/ports/securityObserver.js';
import type { AuditLog } from './auditLog.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

/** Lines about refusals in one second; more are counted and told of together. */
const linesPerSecondMax = 10;
const secondMs = 1_000;

/** Logs and counts who was refused, and writes down what admins did. */
export class SecurityWatch implements SecurityObserver {
  readonly #logger: Logger;
  readonly #audit: AuditLog | null;
  readonly #nowMs: () => number;
  readonly #count: (reason: RefusalReason) => void;
  #second = { sinceMs: Number.NEGATIVE_INFINITY, lines: 0, unsaid: 0 };

  /** @param audit null: what admins do goes to the log, at level info. */
  constructor(logger: Logger, metrics: Metrics, audit: AuditLog | null, nowMs: () => number) {
    this.#logger = logger;
    this.#audit = audit;
    this.#nowMs = nowMs;
    const refused = metrics.counter(
      'kvtide_refused_calls_total',
      'Connections and calls that were refused for who made them',
      ['reason'],
    );
    this.#count = (reason) => refused.inc({ reason });
  }

  refused({ reason, peer, who, what, message }: Refusal): void {
    this.#count(reason);
    const nowMs = this.#nowMs();
    if (nowMs - this.#second.sinceMs >= secondMs) {
      const { unsaid } = this.#second;
      this.#second = { sinceMs: nowMs, lines: 0, unsaid: 0 };
      if (unsaid > 0) this.#logger.warn('more was refused than is told of', { refused: unsaid });
    }
    if (this.#second.lines >= linesPerSecondMax) {
      this.#second.unsaid += 1;
      return;
    }
    this.#second.lines += 1;
    this.#logger.warn(`refused: ${message}`, { reason, peer, who, what });
  }

  acted({ identity, peer, requestId, method, fields, outcome }: AdminAction): void {
    const who = identityText(identity);
    if (this.#audit === null) {
      const given = JSON.stringify(fields);
      this.#logger.info('an admin acted', { audit: true, who, peer, requestId, method, given, outcome });
      return;
    }
    try {
      this.#audit.write({ time: new Date().toISOString(), who, peer, requestId, method, fields, outcome });
    } catch (thrown) {
      this.#logger.error('the audit log cannot be written', { reason: String(thrown), who, method, outcome });
    }
  }
}
