import { describe, expect, it } from 'vitest';
import { benchArguments } from '../../bench/support/benchArguments.js';

const benches = new Map([
  ['decode', []],
  ['prefill', ['needles', 'overlap']],
]);

describe('benchArguments', () => {
  it('reads name and flags in any order', () => {
    expect(benchArguments(['--json', 'decode', '--minutes', '0.5'], benches)).toEqual({
      name: 'decode',
      short: false,
      json: true,
      minutes: 0.5,
    });
  });

  it('takes a part, a context and where to plot of a bench with parts', () => {
    expect(benchArguments(['prefill', '--part', 'overlap', '--tokens', '64k'], benches)).toEqual({
      name: 'prefill',
      short: false,
      json: false,
      minutes: 6,
      part: 'overlap',
      tokens: 65_536,
    });
    const args = ['prefill', '--plot', 'steps.svg'];
    expect(benchArguments(args, benches)).toMatchObject({ name: 'prefill', plot: 'steps.svg' });
  });

  it.each([
    [['decod'], 'there is no bench "decod"; did you mean "decode"?; there is: decode, prefill'],
    [[], 'which bench? There is: decode, prefill'],
    [['decode', 'prefill'], 'one bench at a time; "prefill" is too much'],
    [['decode', '--shrt'], 'unknown flag --shrt; did you mean "--short"?'],
    [['decode', '--minutes', 'ten'], '--minutes: "ten" is not a number above 0'],
    [['decode', '--minutes', '0'], '--minutes: "0" is not a number above 0'],
    [
      ['prefill', '--part', 'needle'],
      '--part: there is no "needle"; did you mean "needles"?; there is: needles, overlap',
    ],
    [['decode', '--part', 'needles'], '--part: the bench "decode" has no parts'],
    [['decode', '--tokens', '1k'], '--tokens: the bench "decode" has sizes of its own'],
    [['prefill', '--tokens', '1k'], '--tokens: name the part that it is for with --part'],
    [['decode', '--trace', 'steps.jsonl'], '--trace: the bench "decode" replays none'],
    [['decode', '--plot', 'steps.svg'], '--plot: the bench "decode" draws none'],
    [['prefill', '--plot', ''], '--plot: name the file that is to be written'],
    [
      ['prefill', '--part', 'needles', '--tokens', 'many'],
      '--tokens: a number of tokens such as 32k or 1M is wanted, not "many"',
    ],
  ])('refuses %j in one line', (args, message) => {
    expect(() => benchArguments(args, benches)).toThrowError(
      expect.objectContaining({ name: 'KvError', kind: 'invalid', message }),
    );
  });
});
