import type { SettingName } from './settings.js';

/** How whatever a command dials or serves is protected, in the order of its help. */
export const tlsSettings: readonly SettingName[] = [
  'tlsDir',
  'tlsCert',
  'tlsKey',
  'tlsCa',
  'insecureNetwork',
];
