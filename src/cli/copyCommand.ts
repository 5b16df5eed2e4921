import { readFileSync } from 'node:fs';
import { KvClient } from '../client/kvClient.js';
import { systemTiming } from '../client/timing.js';
import { type BlockKey, isBlockKey, packBlockKeys } from '../core/blockKey.js';
import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { dialLeader } from '../rpc/dialLeader.js';
import { coordinatorEndpoints } from '../rpc/endpoints.js';
import type { MoveProgress__Output } from '../rpc/gen/kvtide/v1/MoveProgress.js';
import type { CommandContext } from './commandContext.js';
import { copyProgressOf } from './copyProgress.js';
import type { CommandSpec } from './defineCommand.js';
import { networkOf } from './networkOf.js';
import type { Settings } from './settings.js';
import { tlsSettings } from './tlsSettings.js';
import { clientOptions } from './withCluster.js';

/** Block keys in one message. */
const keysPerMessage = 1024;

interface CopySettings {
  readonly cluster: string;
  readonly from: string;
  readonly to: string;
}

export const copyCommand: CommandSpec = {
  name: 'copy',
  summary: 'Copy or move blocks from one worker to another of the same layers',
  settings: [
    'cluster',
    'from',
    'to',
    'migrate',
    'blocksFile',
    'tenant',
    'tenantsFile',
    'deadlineMs',
    ...tlsSettings,
  ],
  examples: [
    'kvtide copy --cluster 127.0.0.1:4600 --from worker-1a2b3c4d --to worker-5e6f7a8b',
    'kvtide copy --cluster 127.0.0.1:4600 --from worker-1a2b3c4d --to worker-5e6f7a8b --migrate --blocks-file keys.txt',
  ],
  run: async (settings, context) => {
    const named = required(settings);
    const blocks = settings.blocksFile === undefined ? null : readBlocks(settings.blocksFile);
    const client = await KvClient.connect(named.cluster, clientOptions(settings, 'admin'));
    let namespace: string;
    try {
      ({ namespace } = await client.model());
    } finally {
      await client.close();
    }
    const end = await move({ ...named, namespace, migrate: settings.migrate, blocks }, settings, context);
    context.out(settings.json ? `${JSON.stringify(reportOf(named, end))}\n` : `${lineOf(end)}\n`);
    if (end.pagesFailed === 0) return;
    throw new KvError(
      'unavailable',
      `${end.pagesFailed} of ${end.pagesTotal} pages were not copied: worker ${named.from} does not have them, ` +
        `or worker ${named.to} has no room`,
    );
  },
};

interface Wanted extends CopySettings {
  readonly namespace: string;
  readonly migrate: boolean;
  /** Null: all that there is. */
  readonly blocks: readonly BlockKey[] | null;
}

async function move(
  wanted: Wanted,
  settings: Settings,
  context: CommandContext,
): Promise<MoveProgress__Output> {
  const { cluster, namespace, from, to, migrate, blocks } = wanted;
  const peer = dialLeader(networkOf(settings, 'admin'), cluster, systemTiming);
  const tenant = await callerOf(settings);
  const stream = peer.stream(coordinatorEndpoints.moveBlocks, { tenant, signal: context.signal });
  const progress = copyProgressOf(context);
  let last: MoveProgress__Output | null = null;
  try {
    const told = (async () => {
      for (let start = 0; start === 0 || start < (blocks?.length ?? 0); start += keysPerMessage) {
        const some = packBlockKeys(blocks?.slice(start, start + keysPerMessage) ?? []);
        await stream.send({ namespace, from, to, migrate, blocks: some });
      }
      stream.end();
    })();
    told.catch(() => {}); // the other direction says why
    for await (const one of stream) {
      last = one;
      progress.show(one);
    }
  } finally {
    progress.stop();
    peer.close();
  }
  if (last?.done === true) return last;
  throw new KvError('unavailable', 'the coordinator ended the copy before it was done; run it again');
}

/** An operator with the file that the servers have moves the blocks of all tenants. */
async function callerOf({ tenant, tenantsFile }: Settings): Promise<string> {
  if (tenantsFile === undefined) return tenant;
  const { readTenantsFile } = await import('./tenantsFile.js'); // few have such a file
  const { serverName } = readTenantsFile(tenantsFile);
  if (serverName !== null) return serverName;
  throw new KvError(
    'invalid',
    `--tenants-file ${tenantsFile}: servers: a secret is wanted to move blocks of all tenants`,
  );
}

function required({ cluster, from, to }: Settings): CopySettings {
  if (cluster === undefined)
    throw new KvError('invalid', '--cluster is missing; give the HOST:PORT of a coordinator');
  if (from === undefined)
    throw new KvError('invalid', '--from is missing; give the id of a worker, as kvtide status shows it');
  if (to === undefined)
    throw new KvError('invalid', '--to is missing; give the id of a worker, as kvtide status shows it');
  return { cluster, from, to };
}

/** @throws KvError `invalid` that names the line. */
function readBlocks(path: string): BlockKey[] {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new KvError('invalid', `--blocks-file: ${path} cannot be read: ${KvError.from(cause).message}`, {
      cause,
    });
  }
  const blocks = source.split('\n').flatMap((line, at) => {
    const text = line.trim();
    if (text === '') return [];
    if (isBlockKey(text)) return [text];
    throw new KvError(
      'invalid',
      `--blocks-file: ${path}, line ${at + 1}: a block key has 64 hex digits, in lower case`,
    );
  });
  if (blocks.length === 0) throw new KvError('invalid', `--blocks-file: ${path} names no block`);
  return blocks;
}

function reportOf({ from, to }: CopySettings, { done: _done, ...counts }: MoveProgress__Output) {
  return { from, to, ...counts };
}

function lineOf({
  pagesTotal,
  pagesCopied,
  pagesPresent,
  pagesRemoved,
  bytesCopied,
  lane,
}: MoveProgress__Output): string {
  const removed = pagesRemoved === 0 ? '' : `, ${pagesRemoved} removed at the source`;
  return `${pagesCopied} of ${pagesTotal} pages copied (${formatByteSize(bytesCopied)} over ${lane}), ${pagesPresent} were there${removed}`;
}
