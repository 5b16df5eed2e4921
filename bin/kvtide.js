#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// ONNX Runtime would send usage data and leave files in the temporary folder; it reads this as it is loaded.
process.env.ORT_DISABLE_TELEMETRY ??= '1';
// Stacks name the sources where they are wanted: reading the maps takes time.
if (process.argv.includes('--verbose') || process.env.KVTIDE_DEBUG) process.setSourceMapsEnabled(true);
// Node 22 keeps what it compiled, here rather than in the temporary folder; where it may not write, it does not.
module.enableCompileCache?.(fileURLToPath(new URL('../.cache/compiled', import.meta.url)));

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write(
    'kvtide: dist/ is missing; build it with "npm run build" in the folder of the package\n',
  );
  process.exitCode = 1;
}
