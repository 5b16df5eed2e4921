// Original file: proto/kvtide/v1/types.proto

import type { SinksAndWindow as _kvtide_v1_SinksAndWindow, SinksAndWindow__Output as _kvtide_v1_SinksAndWindow__Output } from '../../kvtide/v1/SinksAndWindow.js';
import type { TopPages as _kvtide_v1_TopPages, TopPages__Output as _kvtide_v1_TopPages__Output } from '../../kvtide/v1/TopPages.js';
import type { HeavyHitters as _kvtide_v1_HeavyHitters, HeavyHitters__Output as _kvtide_v1_HeavyHitters__Output } from '../../kvtide/v1/HeavyHitters.js';

export interface AttentionMode {
  'sinks'?: (_kvtide_v1_SinksAndWindow | null);
  'topPages'?: (_kvtide_v1_TopPages | null);
  'heavyHitters'?: (_kvtide_v1_HeavyHitters | null);
  'kind'?: "sinks"|"topPages"|"heavyHitters";
}

export interface AttentionMode__Output {
  'sinks'?: (_kvtide_v1_SinksAndWindow__Output | null);
  'topPages'?: (_kvtide_v1_TopPages__Output | null);
  'heavyHitters'?: (_kvtide_v1_HeavyHitters__Output | null);
  'kind'?: "sinks"|"topPages"|"heavyHitters";
}
