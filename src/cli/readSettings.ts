import { readFileSync } from 'node:fs';
import { KvError } from '../core/errors.js';
import { didYouMean } from './nearestName.js';
import {
  flagOf,
  type SettingName,
  type Settings,
  settingNames,
  settingsSchema,
  variableOf,
} from './settings.js';

/** Where settings come from; what is undefined was not given. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Joins flags, environment and configuration file, in this order of precedence, and validates them.
 * @throws KvError `invalid`, naming the flag, variable or file entry that is wrong.
 */
export async function readSettings({ flags, environment }: SettingSources): Promise<Settings> {
  const configPath = flags.config ?? environment.KVTIDE_CONFIG;
  const file = typeof configPath === 'string' ? await readConfigFile(configPath) : {};
  const given: Partial<Record<SettingName, unknown>> = {};
  const places: Partial<Record<SettingName, string>> = {};
  for (const name of settingNames) {
    const candidates: [unknown, string][] = [
      [flags[name], flagOf(name)],
      [environment[variableOf(name)], variableOf(name)],
      [file[name], `${name} in ${configPath}`],
    ];
    const found = candidates.find(([value]) => value !== undefined);
    if (found === undefined) continue;
    given[name] = found[0];
    places[name] = found[1];
  }
  const parsed = settingsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = settingNames.find((known) => known === issue?.path[0]);
  throw new KvError('invalid', `${(name && places[name]) ?? 'settings'}: ${issue?.message ?? 'not valid'}`);
}

async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const { parse } = await import('yaml'); // few have such a file, and every process would load it
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (thrown) {
    const reason = KvError.from(thrown).message.split('\n')[0];
    throw new KvError('invalid', `the configuration file ${path} cannot be read: ${reason}`, {
      cause: thrown,
    });
  }
  if (content === null) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new KvError('invalid', `the configuration file ${path} must hold settings, such as "stages: 2"`);
  }
  const entries = Object.entries(content);
  for (const [name] of entries) {
    if (settingNames.some((known) => known === name)) continue;
    throw new KvError('invalid', `${path} has no setting "${name}"${didYouMean(name, settingNames)}`);
  }
  return Object.fromEntries(entries);
}
