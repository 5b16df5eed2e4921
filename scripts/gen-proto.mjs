// Generates src/rpc/gen from proto/ (run after every change of a .proto; its output is committed).
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'src', 'rpc', 'gen');
rmSync(out, { recursive: true, force: true });
const tool = join(root, 'node_modules', '@grpc', 'proto-loader', 'build', 'bin', 'proto-loader-gen-types.js');
const options = ['--longs=Number', '--enums=String', '--defaults', '--oneofs', '--grpcLib=@grpc/grpc-js'];
const files = ['types', 'coordinator', 'worker'].map((name) => join('kvtide', 'v1', `${name}.proto`));
const run = spawnSync(
  process.execPath,
  [tool, ...options, '--importFileExtension=.js', '-I', join(root, 'proto'), '-O', out, '--', ...files],
  { stdio: 'inherit', cwd: join(root, 'proto') },
);
// The tool writes where the .proto lay; keep that relative, so that the output is the same everywhere.
for (const name of readdirSync(out, { recursive: true })) {
  if (!name.endsWith('.ts')) continue;
  const file = join(out, name);
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`${root}/`, ''));
}
process.exit(run.status ?? 1);
