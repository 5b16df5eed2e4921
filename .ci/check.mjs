// Reads what a step of .ci/run left: `check.mjs tests|demo|bench FILE`. Exits non-zero when it is not as it
// should be, and says why.
import { readFileSync } from 'node:fs';

const [what, file] = process.argv.slice(2);
const ratios = {
  decode: ['hot32k_vs_graph', 'hot2k_vs_nocache', 'cold90_vs_hot'],
  transfer: [
    'shm_copy_get_vs_redis',
    'shm_copy_put_vs_redis',
    'shm_lent_get_vs_redis',
    'shm_lent_verified_get_vs_redis',
    'tcp_get_vs_redis',
    'tcp_put_vs_redis',
    'grpc_get_vs_unary',
    'grpc_put_vs_unary',
    'step_load_p99_vs_idle',
  ],
  disk: [
    'disk_write_vs_fio',
    'disk_cold_read_vs_fio',
    'churn_last_vs_first',
    'churn_growth',
    'open_100k_pages_s',
    'index_disk_bytes_per_page',
    'index_memory_bytes_per_page',
  ],
  sim: [
    'lru_million_per_s',
    'slowest_million_per_s',
    'bytes_per_entry',
    'sweep_2_threads',
    'shadow_share_of_step',
  ],
  faults: [
    'decodes_same_tokens',
    'failed_puts_after_one_timeout',
    'dead_worker_lookups',
    'wrong_pages',
    'rolling_restart_failed',
    'leader_gap_s',
    'overload_p99_vs_idle',
    'rss_vs_limit',
    'probe_difference_vs_halves',
    'mtls_control_vs_clear',
    'mtls_tcp_get_vs_clear',
    'mtls_tcp_put_vs_clear',
  ],
  long: [
    'needles_found',
    'million_vs_bound',
    'pinned80_vs_bound',
    'disk50_vs_bound',
    'hot_vs_decode_bench',
    'batch16_vs_one',
    'p99_step_with_prefill',
    'speculation_steps_saved',
    'disk_int8_bytes_vs_f32',
    'disk_int8_kl_nats',
    'pinned_int8_bytes',
    'pinned_int8_kl_nats',
    'step_link_vs_hot',
  ],
};

/** What holds on any machine: the share of steps that four shadows may take, and memory under its limit. */
const atMost = { shadow_share_of_step: 0.02, rss_vs_limit: 1 };
/** Promises, whatever the speed. */
const exactly = {
  decodes_same_tokens: 1,
  failed_puts_after_one_timeout: 0,
  dead_worker_lookups: 0,
  wrong_pages: 0,
  rolling_restart_failed: 0,
};

/** The last line that is not empty, as JSON. */
function lastLine(text) {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '');
}

const checks = {
  tests: (text) => {
    const { numPassedTests, numFailedTests } = JSON.parse(text);
    if (!(numPassedTests > 0)) throw new Error('no test passed');
    process.stdout.write(`${numPassedTests} ${numFailedTests}\n`);
  },
  demo: (text) => {
    const { proofs } = lastLine(text);
    for (const name of ['hotSameBits', 'noCacheSameTokens']) {
      if (proofs?.[name] !== true) throw new Error(`the proof ${name} is ${proofs?.[name]}`);
    }
  },
  bench: (text) => {
    const { bench, ratios: found = [] } = lastLine(text);
    const figureOf = (name) => found.find((one) => one.name === name)?.value;
    const isThere = (name) => (name in exactly ? Number.isFinite(figureOf(name)) : figureOf(name) > 0);
    const missing = ratios[bench].filter((name) => !isThere(name));
    if (missing.length > 0) throw new Error(`the last line of ${bench} has no ${missing.join(', ')}`);
    const over = found.find(({ name, value }) => value > atMost[name]);
    const broken = found.find(({ name, value }) => name in exactly && value !== exactly[name]);
    if (broken !== undefined)
      throw new Error(`${broken.name} is ${broken.value}, and has to be ${exactly[broken.name]}`);
    if (over !== undefined) throw new Error(`${over.name} is ${over.value}, more than ${atMost[over.name]}`);
  },
};

try {
  checks[what](readFileSync(file, 'utf8'));
} catch (thrown) {
  process.stderr.write(`${what}: ${thrown.message}\n`);
  process.exitCode = 1;
}
