/**
 * The import table of the project: each folder of src may import only what stands beside it here.
 * Type imports count. A folder that is missing here fails the run.
 */
const fs = require('node:fs');
const path = require('node:path');

const lower = ['core', 'policy', 'observe', 'memory', 'rpc', 'transfer', 'device', 'tiers', 'model'];
const allowed = {
  core: [],
  policy: ['core'],
  observe: ['core'],
  memory: ['core'],
  tokenizer: ['core'],
  rpc: ['core', 'observe'],
  transfer: ['core', 'observe', 'memory', 'rpc'],
  device: ['core', 'observe', 'memory'],
  tiers: ['core', 'observe', 'memory', 'policy', 'transfer', 'device'],
  model: ['core', 'observe', 'memory', 'device'],
  worker: lower,
  coordinator: ['core', 'policy', 'observe', 'rpc'],
  client: ['core', 'rpc', 'transfer', 'memory'],
  decode: ['core', 'client', 'tokenizer'],
  sim: ['core', 'policy'],
  lab: ['core', 'policy', 'sim', 'observe'],
  simulate: [...lower, 'tokenizer', 'worker', 'coordinator', 'client', 'decode', 'sim', 'lab'],
  cli: [...lower, 'tokenizer', 'worker', 'coordinator', 'client', 'decode', 'sim', 'lab'],
};

const folders = fs
  .readdirSync(path.join(__dirname, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const unknown = folders.filter((name) => !(name in allowed));
if (unknown.length > 0) throw new Error(`src/${unknown[0]} has no row in the import table`);

/** External packages that have exactly one home. */
const homes = {
  '@grpc/': 'rpc',
  'grpc-health-check': 'rpc',
  lmdb: 'tiers|coordinator',
  koffi: 'memory|device/cuda',
  'onnxruntime-node': 'model|device',
  'onnx-buf': 'model|device',
  'prom-client': 'observe',
  pino: 'observe',
  commander: 'cli',
  '@huggingface/tokenizers': 'tokenizer',
};

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...folders.map((name) => ({
      name: `layer-${name}`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: '^src/', pathNot: `^src/(${[name, ...allowed[name]].join('|')})/` },
    })),
    ...Object.entries(homes).map(([pkg, home]) => ({
      name: `home-of-${pkg}`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${home})/` },
      to: { path: `node_modules/${pkg}` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
