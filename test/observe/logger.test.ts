import { describe, expect, it } from 'vitest';
import { createLogger, type LogLevel } from '../../src/observe/logger.js';

function recorder(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, logger: createLogger({ level, name: 'worker', destination }) };
}

describe('createLogger', () => {
  it('writes one JSON object a line, with the fields of the line and of its parents', () => {
    const { lines, logger } = recorder('info');
    logger.child({ request: 'r1' }).child({ sequence: 's1' }).warn('a page is corrupt', { layer: 3 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      name: 'worker',
      request: 'r1',
      sequence: 's1',
      layer: 3,
      message: 'a page is corrupt',
    });
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = recorder('warn');
    logger.debug('a');
    logger.info('b');
    logger.error('c');
    expect(lines.map(({ message }) => message)).toEqual(['c']);
  });
});
