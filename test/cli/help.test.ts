import { describe, expect, it } from 'vitest';
import { commandSpecs } from '../../src/cli/program.js';
import { runCli } from './runCli.js';

describe('help', () => {
  it('lists every command', async () => {
    const { stdout, exitCode } = await runCli(['--help']);
    expect(exitCode).toBe(0);
    for (const { name } of commandSpecs) expect(stdout).toContain(`\n  ${name} [options]`);
  });

  it.each(commandSpecs.map(({ name }) => name))(
    'of %s has an example, the exit codes and --json',
    async (name) => {
      const { stdout, stderr, exitCode } = await runCli([name, '--help']);
      expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
      expect(stdout).toContain(`  $ kvtide ${name}`);
      expect(stdout).toContain('Exit codes:');
      expect(stdout).toContain('--json');
      expect(stdout).not.toContain('--parent-pipe');
    },
  );

  it('shows sizes and names as they are written', async () => {
    const { stdout } = await runCli(['generate', '--help']);
    expect(stdout).toContain('--device-bytes <size>');
    expect(stdout).toContain('(default 2MiB)');
  });
});
