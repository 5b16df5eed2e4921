// Generates src/rpc/gen from proto/ (run after every change of a .proto; its output is committed).
// With --out DIR it writes there instead; a test compares that with what is committed.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const proto = join(root, 'proto');
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = values.out === undefined ? join(root, 'src', 'rpc', 'gen') : resolve(values.out);

const tool = join(root, 'node_modules', '@grpc', 'proto-loader', 'build', 'bin', 'proto-loader-gen-types.js');
const options = [
  '--longs=Number',
  '--enums=String',
  '--defaults',
  '--oneofs',
  '--grpcLib=@grpc/grpc-js',
  '--importFileExtension=.js',
];
const files = readdirSync(proto, { recursive: true })
  .filter((name) => name.endsWith('.proto'))
  .sort();

// Into a new folder first: a .proto with a mistake leaves what is there.
const fresh = mkdtempSync(join(tmpdir(), 'kvtide-gen-'));
try {
  const run = spawnSync(process.execPath, [tool, ...options, '-I', proto, '-O', fresh, '--', ...files], {
    stdio: 'inherit',
    cwd: proto,
  });
  if (run.status !== 0) throw new Error('the generator failed; its messages stand above');
  // The tool writes where the .proto lay; keep that relative, so that the output is the same everywhere. Nobody
  // hands us a Long, and whoever compiles against our types would need the package that it comes from.
  for (const name of readdirSync(fresh, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const file = join(fresh, name);
    const text = readFileSync(file, 'utf8').replaceAll(`${root}/`, '').replaceAll(' | Long)', ')');
    writeFileSync(file, text.replace(/^import type { Long } from '@grpc\/proto-loader';\n/m, ''));
  }
  rmSync(out, { recursive: true, force: true });
  cpSync(fresh, out, { recursive: true });
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
