import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { availableBytes } from '../memory/availableMemory.js';
import type { CommandSpec } from './defineCommand.js';
import { checkCertificates } from './doctorCertificates.js';
import { type DoctorCheck, passed } from './doctorCheck.js';
import { checkDisk } from './doctorDisk.js';
import { checkLimits } from './doctorLimits.js';
import { checkCoordinator, checkListen } from './doctorPorts.js';
import { networkOf } from './networkOf.js';
import { tlsSettings } from './tlsSettings.js';

/** How long a coordinator may take to answer where --deadline-ms says nothing. */
const answerMs = 5000;

export const doctorCommand: CommandSpec = {
  name: 'doctor',
  summary:
    'Look at what a worker needs of this machine, say what is wrong and how to mend it; fails where it could not run',
  settings: [
    'cluster',
    'tenant',
    'deadlineMs',
    ...tlsSettings,
    'listen',
    'dataDir',
    'pinnedBytes',
    'diskBytes',
  ],
  examples: ['kvtide doctor --cluster 127.0.0.1:4600 --data-dir ./kv'],
  run: async (settings, { out, signal }) => {
    const { cluster, tenant, deadlineMs, listen, dataDir, pinnedBytes, diskBytes } = settings;
    const checks: DoctorCheck[] = [
      ...checkLimits(await readFile('/proc/self/limits', 'utf8').catch(() => ''), pinnedBytes),
      memory(availableBytes(), pinnedBytes),
      await onnxRuntime(),
      ...(await checkDisk(dataDir ?? tmpdir(), diskBytes)),
    ];
    checks.push(checkCertificates(settings, Date.now()));
    if (listen !== undefined) checks.push(await checkListen(listen));
    if (cluster !== undefined) {
      const options = { tenant, timeoutMs: deadlineMs ?? answerMs, signal };
      checks.push(await checkCoordinator(networkOf(settings, 'client'), cluster, options));
    }
    out(settings.json ? `${JSON.stringify({ checks })}\n` : checks.map(line).join(''));
    const failed = checks.filter(({ state }) => state === 'fail').map(({ name }) => name);
    if (failed.length > 0)
      throw new KvError('unavailable', `no worker can run like this: ${failed.join(', ')}; see above`);
  },
};

function line({ name, state, found, mend }: DoctorCheck): string {
  return `${state.padEnd(4)} ${name}: ${found}${mend === null ? '' : `; ${mend}`}\n`;
}

function memory(available: number, pinnedBytes: number): DoctorCheck {
  const name = 'memory';
  const found = `${formatByteSize(available)} available`;
  if (available >= pinnedBytes) return passed(name, found);
  const mend = `the pinned tier has ${formatByteSize(pinnedBytes)}: a smaller --pinned-bytes, or a larger limit of the container`;
  return { name, state: 'fail', found, mend };
}

/** Loading it finds a missing or foreign native library. */
async function onnxRuntime(): Promise<DoctorCheck> {
  const name = 'ONNX Runtime';
  try {
    await import('../device/ortSession.js');
    return passed(name, `loads, Node.js ${process.versions.node}`);
  } catch (thrown) {
    const mend = 'npm ci again, on this kind of machine';
    return { name, state: 'fail', found: KvError.from(thrown).message, mend };
  }
}
