#!/usr/bin/env node
import { existsSync } from 'node:fs';

// ONNX Runtime would send usage data and leave files in the temporary folder; it reads this as it is loaded.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write(
    'kvtide: dist/ is missing; build it with "npm run build" in the folder of the package\n',
  );
  process.exitCode = 1;
}
