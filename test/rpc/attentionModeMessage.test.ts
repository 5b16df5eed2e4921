import { describe, expect, it } from 'vitest';
import { type AttentionMode, exactAttention } from '../../src/core/attentionMode.js';
import { attentionModeFrom, attentionModeMessage } from '../../src/rpc/attentionModeMessage.js';
import type { AttentionMode__Output } from '../../src/rpc/gen/kvtide/v1/AttentionMode.js';

/** As the loader gives it: every kind but one is null. */
const received = (message: Partial<AttentionMode__Output>): AttentionMode__Output => ({
  sinks: null,
  topPages: null,
  heavyHitters: null,
  ...message,
});

describe('an attention mode on the wire', () => {
  it('comes back as it was sent', () => {
    const modes: AttentionMode[] = [
      { kind: 'sinks', sinkTokens: 4, windowTokens: 2048 },
      { kind: 'topPages', share: 0.1 },
      { kind: 'heavyHitters', share: 1 },
    ];
    for (const mode of modes) {
      const sent = attentionModeMessage(mode) as Partial<AttentionMode__Output>;
      expect(attentionModeFrom(received(sent))).toEqual(mode);
    }
    expect(attentionModeMessage(exactAttention)).toBeNull();
    expect(attentionModeFrom(null)).toEqual(exactAttention);
  });

  it('is refused where it is none, or the share is', () => {
    expect(() => attentionModeFrom(received({}))).toThrow(/not one of sinks, topPages and heavyHitters/);
    for (const share of [0, -0.1, 1.01, Number.NaN]) {
      expect(() => attentionModeFrom(received({ topPages: { share } }))).toThrow(/no share of the pages/);
      expect(() => attentionModeFrom(received({ heavyHitters: { share } }))).toThrow(/no share/);
    }
  });
});
