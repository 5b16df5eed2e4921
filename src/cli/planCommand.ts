import { formatByteSize } from '../core/byteSize.js';
import { KvError } from '../core/errors.js';
import { pageBytes } from '../core/geometry.js';
import { diskCodecs } from '../tiers/codec/diskCodecs.js';
import { pinnedSlotBytes } from '../tiers/pinnedTier.js';
import type { CommandSpec } from './defineCommand.js';
import { type MemoryPlan, planMemory } from './memoryPlan.js';
import { readKvShape } from './modelInput.js';
import { plainTable } from './plainTable.js';

export const planCommand: CommandSpec = {
  name: 'plan',
  summary: 'Work out the memory that a model and a context need, from its config alone',
  settings: [
    'model',
    'kvConfig',
    'context',
    'kvDtype',
    'blockTokens',
    'deviceBytes',
    'pinnedBytes',
    'diskBytes',
    'pinnedDtype',
    'diskDtype',
  ],
  examples: [
    'kvtide plan --model models/tiny-dts --context 1M',
    'kvtide plan --model config.json --context 128k --device-bytes 16GiB --pinned-bytes 64GiB --disk-bytes 1TiB',
  ],
  run: async (settings, { out }) => {
    const { geometry, maxPositions } = readKvShape(settings);
    const context = settings.context ?? maxPositions;
    if (context === null)
      throw new KvError('invalid', '--context is missing; give the tokens to plan for, such as 32k');
    const budgetBytes = {
      device: settings.deviceBytes,
      pinned: settings.pinnedBytes,
      disk: settings.diskBytes,
    };
    const { write } = diskCodecs({ dtype: settings.diskDtype, packing: 'none' }, geometry);
    const plan = planMemory(geometry, context, budgetBytes, {
      pinnedSlotBytes: pinnedSlotBytes(geometry, settings.pinnedDtype),
      diskPageBytes: write?.lengths.at(-1) ?? pageBytes(geometry),
    });
    out(settings.json ? `${JSON.stringify(plan)}\n` : tables(plan));
  },
};

function tables(plan: MemoryPlan): string {
  const size = formatByteSize;
  const kinds = plainTable(['layers', 'attention', 'a token, a layer', 'live pages, a layer', 'live']);
  for (const { kind, window, layers, bytesPerTokenPerLayer, livePagesPerLayer, liveBytes } of plan.kinds) {
    const attention = kind === 'full' ? 'full' : `last ${window} tokens`;
    kinds.push([layers, attention, size(bytesPerTokenPerLayer), livePagesPerLayer, size(liveBytes)]);
  }
  const sums = plainTable();
  const { pagesPerWorker: pages, workersNeeded: workers } = plan;
  const counted = (count: number | null): string => (count === null ? 'budget holds no page' : String(count));
  sums.push(
    { context: `${plan.contextTokens} tokens` },
    { page: `${size(plan.pageBytes)} (${plan.blockTokens} tokens, one layer)` },
    { 'growth a token': size(plan.growthBytesPerToken) },
    { 'live KV': `${size(plan.liveBytes)} in ${plan.livePages} pages` },
    { 'all KV, old window pages too': size(plan.allBytes) },
    { 'pages a worker': `device ${pages.device}, pinned ${pages.pinned}, disk ${pages.disk}` },
    { 'workers, device alone': counted(workers.device) },
    { 'workers, device + pinned': counted(workers.devicePinned) },
    { 'workers, device + pinned + disk': counted(workers.devicePinnedDisk) },
  );
  return `${kinds.toString()}\n${sums.toString()}\n`;
}
