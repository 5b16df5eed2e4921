import { Command, Option } from 'commander';
import { formatByteSize } from '../core/byteSize.js';
import type { CommandContext } from './commandContext.js';
import { exitCodeHelp } from './exitCode.js';
import { readSettings } from './readSettings.js';
import { flagMeta, flagOf, type SettingName, type Settings, settingsSchema } from './settings.js';

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** The settings that are flags of this command, in the order of its help. */
  readonly settings: readonly SettingName[];
  /** Settings that stand in the command line by themselves, in their order. */
  readonly operand?: SettingName | readonly SettingName[];
  /** Flags that only our own processes use. */
  readonly hidden?: readonly SettingName[];
  readonly examples: readonly string[];
  /** Commands whose name follows on this one's. */
  readonly subcommands?: readonly CommandSpec[];
  readonly run: (settings: Settings, context: CommandContext) => Promise<void>;
}

const common: readonly SettingName[] = ['json', 'verbose'];

/** A command line for a command: flags out of the one table of settings, and help with examples. */
export function defineCommand(spec: CommandSpec, context: CommandContext): Command {
  const command = new Command(spec.name).description(spec.summary);
  for (const name of [...spec.settings, ...common]) command.addOption(optionFor(name));
  for (const name of spec.hidden ?? []) command.addOption(optionFor(name).hideHelp());
  command.option('--config <file>', 'YAML or JSON file with settings, such as "deviceBytes: 2MiB"');
  const examples = spec.examples.map((example) => `  $ ${example}`).join('\n');
  command.addHelpText(
    'after',
    `\nEvery flag can also be set as KVTIDE_… in the environment or in the file of --config; flags win over
the environment, and that over the file.\n\nExamples:\n${examples}\n${exitCodeHelp}`,
  );
  for (const below of spec.subcommands ?? []) command.addCommand(defineCommand(below, context));
  const operands = [spec.operand ?? []].flat();
  for (const operand of operands) command.argument(`[${operand}]`, flagMeta(operand).description);
  command.action(async (...given: unknown[]) => {
    const named = Object.fromEntries(operands.map((operand, index) => [operand, given[index]]));
    const flags = { ...(given[operands.length] as Record<string, unknown>), ...named }; // commander's order
    await spec.run(await readSettings({ flags, environment: context.environment }), context);
  });
  return command;
}

function optionFor(name: SettingName): Option {
  const { argument, description } = flagMeta(name);
  const byDefault = defaultOf(name);
  const text = byDefault === null ? description : `${description} (default ${byDefault})`;
  return new Option(argument === null ? flagOf(name) : `${flagOf(name)} ${argument}`, text);
}

/** The default as a person would write it; null where there is none. */
function defaultOf(name: SettingName): string | null {
  const parsed = settingsSchema.shape[name].safeParse(undefined);
  if (!parsed.success || parsed.data === undefined || parsed.data === false) return null;
  const isSize = flagMeta(name).argument === '<size>' && typeof parsed.data === 'number';
  return isSize ? formatByteSize(parsed.data).replace(' ', '') : String(parsed.data);
}
