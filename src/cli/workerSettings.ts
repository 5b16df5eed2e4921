import type { SettingName } from './settings.js';

/** What is decided about workers, by whichever command starts them, in the order of its help. */
export const workerSettings: readonly SettingName[] = [
  'deviceBytes',
  'pinnedBytes',
  'diskBytes',
  'pinnedDtype',
  'diskDtype',
  'diskCodec',
  'dataDir',
  'residency',
  'retention',
  'admission',
  'placement',
  'record',
  'shadow',
  'kvDtype',
  'blockTokens',
  'verify',
  'lanes',
  'threads',
  'attentionThreads',
  'linkBandwidth',
  'linkLatencyUs',
];
