import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/core/identity.js';
import type { Refusal } from '../../src/core/ports/securityObserver.js';
import { AuditLog } from '../../src/observe/auditLog.js';
import { createLogger } from '../../src/observe/logger.js';
import { Metrics } from '../../src/observe/metrics.js';
import { SecurityWatch } from '../../src/observe/securityWatch.js';
import { scratchFolder } from '../support/scratchFolder.js';

const refusal: Refusal = {
  reason: 'role',
  peer: 'h:1',
  who: 'client x',
  what: 's/M',
  message: 'not for clients',
};
const admin: Identity = { role: 'admin', tenant: null, name: 'alice' };
const action = {
  identity: admin,
  peer: 'h:2',
  requestId: 'r',
  method: 's/Drain',
  fields: { worker: 'w' },
  outcome: 'ok',
};

function watch(audit: AuditLog | null) {
  const lines: string[] = [];
  let nowMs = 0;
  const logger = createLogger({
    level: 'info',
    name: 'test',
    destination: { write: (line) => void lines.push(line) },
  });
  const metrics = new Metrics();
  const security = new SecurityWatch(logger, metrics, audit, () => nowMs);
  return {
    security,
    metrics,
    lines,
    later: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('SecurityWatch', () => {
  it('counts every refusal, and tells of a bounded number of them each second', async () => {
    const { security, metrics, lines, later } = watch(null);
    for (let at = 0; at < 25; at += 1) security.refused(refusal);
    expect(lines).toHaveLength(10);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      message: 'refused: not for clients',
      reason: 'role',
      peer: 'h:1',
    });
    later(1_000);
    security.refused(refusal);
    expect(lines).toHaveLength(12);
    expect(JSON.parse(lines[10]!)).toMatchObject({ refused: 15 });
    expect(await metrics.text()).toContain('kvtide_refused_calls_total{reason="role"} 26');
  });

  it('tells what admins do in the log where there is no file for it', () => {
    const { security, lines } = watch(null);
    security.acted(action);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      audit: true,
      who: 'admin alice',
      method: 's/Drain',
      outcome: 'ok',
    });
  });

  it('goes on when the file cannot be written', () => {
    const audit = new AuditLog(join(scratchFolder(), 'closed.log'));
    audit.close();
    const { security, lines } = watch(audit);
    security.acted(action);
    expect(lines[0]).toContain('the audit log cannot be written');
  });
});

describe('AuditLog', () => {
  it('keeps what was there, is for its owner alone, and puts full files aside, four at most', () => {
    const path = join(scratchFolder(), 'audit.log');
    for (let turn = 0; turn < 2; turn += 1) {
      const log = new AuditLog(path, 100);
      log.write({ turn });
      log.close();
    }
    expect(readFileSync(path, 'utf8')).toBe('{"turn":0}\n{"turn":1}\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const log = new AuditLog(path, 10);
    for (let turn = 2; turn < 9; turn += 1) log.write({ turn });
    log.close();
    const kept = readdirSync(scratchFolder())
      .filter((name) => name.startsWith('audit.log'))
      .toSorted();
    expect(kept).toEqual(['audit.log', 'audit.log.1', 'audit.log.2', 'audit.log.3', 'audit.log.4']);
    expect(readFileSync(path, 'utf8')).toBe('{"turn":8}\n');
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('{"turn":7}\n');
  });

  it('says in one line where it cannot be written', () => {
    expect(() => new AuditLog('/no/such/folder/audit.log')).toThrow(
      '--audit-log: /no/such/folder/audit.log cannot',
    );
  });
});
