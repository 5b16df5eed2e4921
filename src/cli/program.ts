import { Command, CommanderError } from 'commander';
import { KvError } from '../core/errors.js';
import { build } from '../rpc/build.js';
import { certsCommand } from './certsCommand.js';
import type { CommandContext } from './commandContext.js';
import { coordinatorCommand } from './coordinatorCommand.js';
import { copyCommand } from './copyCommand.js';
import { type CommandSpec, defineCommand } from './defineCommand.js';
import { demoCommand } from './demoCommand.js';
import { doctorCommand } from './doctorCommand.js';
import { drainCommand } from './drainCommand.js';
import { generateCommand } from './generateCommand.js';
import { planCommand } from './planCommand.js';
import { policyCommand } from './policyCommand.js';
import { simCommand } from './simCommand.js';
import { statusCommand } from './statusCommand.js';
import { upCommand } from './upCommand.js';
import { workerCommand } from './workerCommand.js';

export const commandSpecs: readonly CommandSpec[] = [
  demoCommand,
  upCommand,
  generateCommand,
  statusCommand,
  planCommand,
  simCommand,
  copyCommand,
  drainCommand,
  doctorCommand,
  policyCommand,
  certsCommand,
  coordinatorCommand,
  workerCommand,
];

const commandNames = commandSpecs.map(({ name }) => name).join(', ');

/**
 * Runs one command line (without node and script).
 * @throws KvError whose message is the line to show.
 */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<void> {
  const program = new Command('kvtide')
    .description(
      'A distributed KV cache for transformer inference, with GPU, page-locked memory and disk tiers',
    )
    .version(build, '--version')
    .addHelpText('after', '\nExamples:\n  $ kvtide demo\n  $ kvtide generate --help');
  for (const spec of commandSpecs) program.addCommand(defineCommand(spec, context));
  // Else a command takes the flags behind the name of its subcommand, where both have them.
  for (const command of [program, ...program.commands]) command.enablePositionalOptions();
  const subcommands = program.commands.flatMap(({ commands }) => commands);
  for (const command of [program, ...program.commands, ...subcommands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => context.out(text),
      writeErr: () => {}, // its errors are thrown, and shown in one place
    });
  }
  try {
    if (args.length === 0)
      throw new KvError('invalid', `a command is wanted: ${commandNames}; see kvtide --help`);
    await program.parseAsync([...args], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return; // help or version was shown
    const message = thrown.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    throw new KvError('invalid', `${message}; see kvtide --help`);
  }
}
