import { describe, expect, it } from 'vitest';
import { benchArguments } from '../../bench/support/benchArguments.js';

const names = ['decode', 'prefill'];

describe('benchArguments', () => {
  it('reads name and flags in any order', () => {
    expect(benchArguments(['--json', 'decode', '--minutes', '0.5'], names)).toEqual({
      name: 'decode',
      short: false,
      json: true,
      minutes: 0.5,
    });
  });

  it.each([
    [['decod'], 'there is no bench "decod"; did you mean "decode"?; there is: decode, prefill'],
    [[], 'which bench? There is: decode, prefill'],
    [['decode', 'prefill'], 'one bench at a time; "prefill" is too much'],
    [['decode', '--shrt'], 'unknown flag --shrt; did you mean "--short"?'],
    [['decode', '--minutes', 'ten'], '--minutes: "ten" is not a number above 0'],
    [['decode', '--minutes', '0'], '--minutes: "0" is not a number above 0'],
  ])('refuses %j in one line', (args, message) => {
    expect(() => benchArguments(args, names)).toThrowError(
      expect.objectContaining({ name: 'KvError', kind: 'invalid', message }),
    );
  });
});
