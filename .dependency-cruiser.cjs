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

/** External packages that have a home. */
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
  echarts: 'lab/page',
  '@huggingface/tokenizers': 'tokenizer',
  '@peculiar/x509': 'cli',
  'reflect-metadata': 'cli',
  jiti: 'lab',
};

/** Folders that do no I/O: the modules of Node that they may import. */
const pure = { core: ['crypto'], policy: [], sim: [] };

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-loose-files', severity: 'error', from: { path: '^src/[^/]+$' }, to: {} },
    {
      name: 'product-alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
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
    ...Object.entries(pure).map(([name, builtins]) => ({
      name: `pure-${name}`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer', 'npm-optional'],
        pathNot: builtins.length === 0 ? '^$' : `^(node:)?(${builtins.join('|')})$`,
      },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
