import { type AttentionMode, exactAttention } from '../core/attentionMode.js';
import { KvError } from '../core/errors.js';
import type {
  AttentionMode__Output,
  AttentionMode as AttentionModeMessage,
} from './gen/kvtide/v1/AttentionMode.js';

/** A mode as it crosses the wire; an exact one is not sent. */
export function attentionModeMessage(mode: AttentionMode): AttentionModeMessage | null {
  switch (mode.kind) {
    case 'exact':
      return null;
    case 'sinks':
      return { sinks: { sinkTokens: mode.sinkTokens, windowTokens: mode.windowTokens } };
    case 'topPages':
      return { topPages: { share: mode.share } };
    case 'heavyHitters':
      return { heavyHitters: { share: mode.share } };
  }
}

/** @throws KvError `invalid` for a mode that nobody knows or a share that is none. */
export function attentionModeFrom(message: AttentionMode__Output | null): AttentionMode {
  if (message === null) return exactAttention;
  const { sinks, topPages, heavyHitters } = message;
  if (sinks) return { kind: 'sinks', sinkTokens: sinks.sinkTokens, windowTokens: sinks.windowTokens };
  if (topPages) return { kind: 'topPages', share: checkedShare(topPages.share) };
  if (heavyHitters) return { kind: 'heavyHitters', share: checkedShare(heavyHitters.share) };
  throw new KvError('invalid', 'the attention mode is not one of sinks, topPages and heavyHitters');
}

function checkedShare(share: number): number {
  if (share > 0 && share <= 1) return share;
  throw new KvError('invalid', `${share} is no share of the pages; give more than 0 and at most 1`);
}
