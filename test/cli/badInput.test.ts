import { describe, expect, it } from 'vitest';
import { scratchFile as file } from '../support/scratchFolder.js';
import { runCli } from './runCli.js';

const generate = ['generate', '--model', 'models/tiny-dts', '--json'];
const withPrompt = [...generate, '--prompt', 'x'];

describe('a mistake of the user', () => {
  const cases: [string, readonly string[], RegExp, number][] = [
    ['no command', [], /a command is wanted: .*generate/, 2],
    ['an unknown command', ['genrate'], /unknown command 'genrate'.*generate/, 2],
    ['an unknown flag', ['generate', '--modle', 'x'], /unknown option '--modle'.*--model/, 2],
    ['a flag without its value', ['generate', '--model'], /--model <dir>.*argument missing/, 2],
    ['a stray argument', ['plan', 'stray'], /too many arguments/, 2],
    ['no model', ['generate', '--prompt', 'x'], /--model is missing/, 2],
    ['a missing model', ['generate', '--model', 'no/such', '--prompt', 'x'], /no\/such does not exist/, 4],
    ['a model that is a file', ['generate', '--model', 'package.json', '--prompt', 'x'], /package\.json/, 2],
    ['no prompt', generate, /give one of --prompt, --prompt-file and --tokens-file, not none/, 2],
    ['two prompts', [...withPrompt, '--prompt-file', 'README.md'], /not 2/, 2],
    ['an empty prompt', [...generate, '--prompt', ''], /the prompt is empty/, 2],
    ['a missing prompt file', [...generate, '--prompt-file', 'no/such'], /no\/such does not exist/, 4],
    ['an empty prompt file', [...generate, '--prompt-file', file('empty', '')], /the prompt is empty/, 2],
    [
      'two ways to make the disk smaller',
      [...withPrompt, '--disk-dtype', 'int8', '--disk-codec', 'shuffle'],
      /--disk-dtype int8 and --disk-codec shuffle exclude each other; choose one/,
      2,
    ],
    [
      'pinned pages of whole numbers made of f16',
      [...withPrompt, '--pinned-dtype', 'int8', '--kv-dtype', 'f16'],
      /int8 in pinned memory is made of f32 pages, and these are f16; leave --pinned-dtype out/,
      3,
    ],
    [
      'pinned pages of another kind',
      [...withPrompt, '--pinned-dtype', 'int2'],
      /--pinned-dtype.*exact, int8, int4/,
      2,
    ],
    [
      'a share that the mode does not have',
      [...withPrompt, '--attention', 'sinks', '--attention-share', '0.2'],
      /--attention-share means nothing with --attention sinks; it goes with top-pages or heavy-hitters/,
      2,
    ],
    [
      'a window of exact attention',
      [...withPrompt, '--attention-window', '64'],
      /--attention-window means nothing with --attention exact; it goes with sinks/,
      2,
    ],
    [
      'a share of nothing',
      [...withPrompt, '--attention-share', '0'],
      /--attention-share: .*from 0.0001 to 1/,
      2,
    ],
    ['an unknown mode', [...withPrompt, '--attention', 'top-page'], /--attention: .*top-pages/, 2],
    ['--prompt-bytes alone', [...withPrompt, '--prompt-bytes', '3'], /--prompt-bytes needs --prompt-file/, 2],
    [
      'too many --prompt-bytes',
      [...generate, '--prompt-file', file('short', 'abc'), '--prompt-bytes', '4'],
      /3 bytes/,
      2,
    ],
    [
      'tokens that are no JSON',
      [...generate, '--tokens-file', file('t1.json', '[1, 2')],
      /t1\.json is not JSON/,
      2,
    ],
    [
      'tokens that are no ids',
      [...generate, '--tokens-file', file('t2.json', '[1, -2]')],
      /array of token ids/,
      2,
    ],
    [
      'a token outside the vocabulary',
      [...generate, '--tokens-file', file('t3.json', '[1, 256]')],
      /token 256 is outside/,
      2,
    ],
    ['a context past the positions', [...withPrompt, '--max-tokens', '2000000'], /1048576 positions/, 2],
    [
      'no tokens wanted',
      [...withPrompt, '--max-tokens', '0'],
      /--max-tokens: a whole number from 1 is wanted, not "0"/,
      2,
    ],
    ['a number that is none', [...withPrompt, '--seed', 'abc'], /--seed: a whole number from 0/, 2],
    ['a negative temperature', [...withPrompt, '--temperature', '-1'], /--temperature: a number from 0/, 2],
    ['a size that is none', [...withPrompt, '--device-bytes', '5k'], /--device-bytes: "5k" is not a size/, 2],
    ['a budget below the least', [...withPrompt, '--device-bytes', '895KiB'], /least of 896 KiB/, 2],
    ['an unknown policy', [...withPrompt, '--residency', 'fixd'], /--residency: .*did you mean "fixed"\?/, 2],
    [
      'another unknown policy',
      [...withPrompt, '--retention', 'fifu'],
      /--retention: .*did you mean "fifo"\?/,
      2,
    ],
    ['an odd block size', [...withPrompt, '--block-tokens', '100'], /block of 100 tokens/, 2],
    ['more stages than layers', [...withPrompt, '--stages', '7'], /7 stages cannot share 6 layers/, 2],
    ['workers that do not fill the stages', [...withPrompt, '--workers', '3'], /give a multiple/, 2],
    ['an address that is none', [...withPrompt, '--cluster', 'here'], /--cluster: HOST:PORT, or several/, 2],
    [
      'an unreachable cluster',
      [...withPrompt, '--cluster', '127.0.0.1:1'],
      /no coordinator can be reached at 127\.0\.0\.1:1/,
      10,
    ],
    ['a cluster beyond loopback', ['status', '--cluster', '10.0.0.1:1'], /without TLS is refused/, 2],
    ['status of nothing', ['status'], /--cluster is missing/, 2],
    [
      'a worker without a coordinator',
      ['worker', '--model', 'models/tiny-dts'],
      /--coordinator is missing/,
      2,
    ],
    [
      'a missing secret',
      [...withPrompt, '--cluster', '127.0.0.1:1', '--tenant-secret-file', 'no/such'],
      /--tenant-secret-file/,
      2,
    ],
    [
      'a config that is no YAML',
      [...withPrompt, '--config', file('bad.yaml', 'a: [')],
      /bad\.yaml cannot be read/,
      2,
    ],
    [
      'a config with an unknown name',
      [...withPrompt, '--config', file('odd.yaml', 'stage_s: 2')],
      /no setting "stage_s".*stages/,
      2,
    ],
    [
      'a config with a wrong value',
      [...withPrompt, '--config', file('val.yaml', 'stages: two')],
      /stages in .*val\.yaml: a whole number/,
      2,
    ],
    [
      'a context that is none',
      ['plan', '--model', 'models/tiny-dts', '--context', 'long'],
      /--context: a number of tokens/,
      2,
    ],
    ['a demo text that is missing', ['demo', '--prompt-file', 'no/such'], /no\/such cannot be read/, 4],
  ];

  it.each(cases)('%s: one clear line', async (_name, args, message, exitCode) => {
    const run = await runCli(args);
    expect(run.stderr).toMatch(/^kvtide: [^\n]+\n$/);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(run.exitCode).toBe(exitCode);
    expect(run.stdout).toBe('');
  });
});
