import * as z from 'zod';
import { logLevels } from '../observe/logger.js';
import { actionSettings } from './actionSettings.js';
import { certsSettings } from './certsSettings.js';
import { clusterSettings } from './clusterSettings.js';
import { type FlagMeta, flag } from './flag.js';
import { runSettings } from './runSettings.js';
import { serverSettings } from './serverSettings.js';
import { oneOf, tokenCount, yesNo } from './settingValues.js';
import { simSettings } from './simSettings.js';

/**
 * Every setting of every command: its values, its default and its help, each once. `deviceBytes` is
 * `--device-bytes` as a flag, `KVTIDE_DEVICE_BYTES` in the environment and `deviceBytes` in a file; flags
 * win over the environment, and that over the file.
 */
export const settingsSchema = z.strictObject({
  ...runSettings,
  ...clusterSettings,
  ...serverSettings,
  ...actionSettings,
  ...simSettings,
  ...certsSettings,
  context: flag(tokenCount().optional(), '<tokens>', 'context to plan for, such as 32k or 1M'),
  short: flag(yesNo().default(false), null, 'a small run, for tests'),
  json: flag(yesNo().default(false), null, 'one line of JSON on stdout'),
  verbose: flag(yesNo().default(false), null, 'more on stderr'),
  logLevel: flag(oneOf(logLevels).default('warn'), '<level>', 'log lines on stderr from this level'),
  parentPipe: flag(yesNo().default(false), null, 'end when stdin ends; SIGINT is left to the parent'),
  ephemeral: flag(yesNo().default(false), null, 'remove --data-dir when it ends'),
});

export type Settings = Readonly<z.output<typeof settingsSchema>>;
export type SettingName = keyof Settings;

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const settingNames = Object.keys(settingsSchema.shape) as SettingName[]; // the keys of the schema

export const flagOf = (name: SettingName): string => `--${kebab(name)}`;
export const variableOf = (name: SettingName): string =>
  `KVTIDE_${kebab(name).replaceAll('-', '_').toUpperCase()}`;

/** The flag's argument and help. */
export function flagMeta(name: SettingName): FlagMeta {
  const meta = settingsSchema.shape[name].meta();
  const argument = typeof meta?.argument === 'string' ? meta.argument : null;
  return { argument, description: meta?.description ?? '' };
}
