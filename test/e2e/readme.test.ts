import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Finished, Kvtide } from './runKvtide.js';

const readme = readFileSync('README.md', 'utf8');
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, body]) => body!);

/** The arguments of the `npx kvtide …` lines of a block, quotes removed. */
function commandsOf(block: string): string[][] {
  return block
    .split('\n')
    .filter((line) => line.startsWith('npx kvtide '))
    .map((line) =>
      [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!).slice(2),
    );
}

const commands = blocks('sh').flatMap(commandsOf);
const commandsNamed = (name: string) => commands.filter(([first]) => first === name);
const readmeAddress = '127.0.0.1:4600';

/** Starts a server command and gives the address of its ready line. */
async function serve(servers: Kvtide[], words: readonly string[]): Promise<string> {
  const server = new Kvtide([...words, '--json']);
  servers.push(server);
  await server.says('"address"');
  return String(JSON.parse(server.stdout.split('\n')[0]!).address);
}

async function run(words: readonly string[]): Promise<Finished> {
  const command = new Kvtide(words);
  const end = await command.finished();
  command.dispose();
  return end;
}

/** Runs an example as a program; what it printed. */
async function runCode(code: string): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stdin.end(code);
  const [exitCode] = await once(child, 'close');
  expect(exitCode).toBe(0);
  return printed;
}

it('its cluster is started part by part, answers, and shows its status; its SDK example connects', async () => {
  const servers: Kvtide[] = [];
  try {
    const freely = commandsNamed('coordinator')[0]!.map((word) =>
      word === readmeAddress ? '127.0.0.1:0' : word,
    );
    const address = await serve(servers, freely);
    const at = (words: readonly string[]) => words.map((word) => (word === readmeAddress ? address : word));
    await Promise.all(commandsNamed('worker').map((words) => serve(servers, at(words))));

    const generate = commandsNamed('generate').find((words) => words.includes('--cluster'))!;
    const made = await run([...at(generate), '--json']);
    expect(JSON.parse(made.stdout).tokens).toHaveLength(64);
    const status = await run(at(commandsNamed('status')[0]!));
    expect(status.stdout).toContain('ready');

    const printed = await Promise.all(
      blocks('ts').map((code) => runCode(code.replace(readmeAddress, address))),
    );
    expect(printed[0]).toMatch(/layers 0 to 2[\s\S]*layers 3 to 5/);
    expect(printed[1]).toMatch(/^12 of 12 pages\n\d+ tokens need not be computed\n$/);
    expect(printed[2]).toMatch(/^(layer \d: o \d+, lse \d+\n){6}$/);
  } finally {
    for (const server of servers.reverse()) {
      server.process.kill('SIGTERM');
      await server.finished();
      server.dispose();
    }
  }
});

it('its simulator example replays the trace under each policy', async () => {
  const { code, stdout } = await run([...commandsNamed('sim')[0]!, '--json']);
  expect(code).toBe(0);
  const { runs } = JSON.parse(stdout);
  expect(runs).toHaveLength(2 * 4);
  for (const { prefixHits } of runs) expect(prefixHits).toBeGreaterThan(0);
});

it('its policy example runs', async () => {
  const { code, stdout } = await run(
    commandsNamed('generate').find((words) => words.includes('--residency'))!,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout).prefetch).toBeDefined();
});
