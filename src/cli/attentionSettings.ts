import { type AttentionMode, attentionDefaults, exactAttention } from '../core/attentionMode.js';
import { KvError } from '../core/errors.js';
import { flagOf, type Settings } from './settings.js';

const ofShare = ['attentionShare'] as const;
const ofSinks = ['attentionSinks', 'attentionWindow'] as const;

type AttentionSettings = Pick<Settings, 'attention' | (typeof ofShare)[number] | (typeof ofSinks)[number]>;

/** @throws KvError `invalid` for a setting that means nothing in the mode that was chosen. */
export function attentionOf(settings: AttentionSettings): AttentionMode {
  const { attention, attentionShare, attentionSinks, attentionWindow } = settings;
  const share = attentionShare ?? attentionDefaults.share;
  switch (attention) {
    case 'exact':
      refuse(settings, [...ofShare, ...ofSinks]);
      return exactAttention;
    case 'sinks':
      refuse(settings, ofShare);
      return {
        kind: 'sinks',
        sinkTokens: attentionSinks ?? attentionDefaults.sinkTokens,
        windowTokens: attentionWindow ?? attentionDefaults.windowTokens,
      };
    case 'top-pages':
      refuse(settings, ofSinks);
      return { kind: 'topPages', share };
    case 'heavy-hitters':
      refuse(settings, ofSinks);
      return { kind: 'heavyHitters', share };
  }
}

function refuse(
  settings: AttentionSettings,
  names: readonly Exclude<keyof AttentionSettings, 'attention'>[],
): void {
  const given = names.find((name) => settings[name] !== undefined);
  if (given === undefined) return;
  const wanted = given === 'attentionShare' ? 'top-pages or heavy-hitters' : 'sinks';
  throw new KvError(
    'invalid',
    `${flagOf(given)} means nothing with --attention ${settings.attention}; it goes with ${wanted}`,
  );
}
