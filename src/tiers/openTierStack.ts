import { pageBytes } from '../core/geometry.js';
import { layerCount } from '../core/layerRange.js';
import { copyLink } from '../transfer/copyLink.js';
import { TransferEngine } from '../transfer/transferEngine.js';
import { defaultTransferOptions } from '../transfer/transferOptions.js';
import { BlockMode } from './blockMode.js';
import { diskCodecs, noDiskCompression } from './codec/diskCodecs.js';
import { DeviceTier } from './deviceTier.js';
import { DiskRecovery } from './diskRecovery.js';
import { DiskTier } from './diskTier.js';
import { defaultDiskWatermarks } from './diskWatermarks.js';
import { EffectRunner } from './effectRunner.js';
import { LayeredStack } from './layeredStack.js';
import { checkDeviceBytes } from './leastDeviceBytes.js';
import { openShadows } from './openShadows.js';
import { PageCheck } from './pageCheck.js';
import { pageFormat } from './pageHeader.js';
import { PageLoader } from './pageLoader.js';
import { PageLog } from './pageLog.js';
import { PageRequests } from './pageRequest.js';
import { PageTable } from './pageTable.js';
import { PinnedTier } from './pinnedTier.js';
import { PrefetchedPages } from './prefetchedPages.js';
import { Scrubber } from './scrubber.js';
import { defaultScrubBounds } from './scrubPace.js';
import { defaultHostBounds, type TierStackOptions } from './stackOptions.js';
import type { StackParts } from './stackParts.js';
import { StackPolicies } from './stackPolicies.js';
import { StackRecorder } from './stackRecorder.js';
import { newTierCounters } from './tierCounters.js';
import type { TierStack } from './tierStack.js';
import { TurnPacer } from './turnPacer.js';

/** Events that `explain` can look back on. */
const pageLogEvents = 16_384;

/**
 * Opens the tiers of one worker and finds the pages that the disk holds.
 * @throws KvError `invalid` when the device budget is below the least; as `diskCodecs` for what tiers keep.
 */
export async function openTierStack(options: TierStackOptions): Promise<TierStack> {
  const { clock, geometry, hooks = {}, layers, namespace, pinnedDtype = 'exact' } = options;
  if (options.device !== null) {
    checkDeviceBytes(geometry, layers, 2 * options.device.halfBytes * options.device.slots);
  }
  const counters = newTierCounters();
  const device = new DeviceTier(options.device, layerCount(options.layers));
  const pinned = new PinnedTier(options.pinned, geometry, pinnedDtype);
  const disk =
    options.disk === null
      ? null
      : new DiskTier({
          disk: options.disk.disk,
          budgetBytes: options.disk.budgetBytes,
          format: pageFormat(namespace, geometry),
          codecs: diskCodecs(options.disk.compression ?? noDiskCompression, geometry, pinnedDtype),
          ...(options.ciphers === undefined ? {} : { ciphers: options.ciphers }),
          ownsLayer: (layer) => layer >= layers.from && layer < layers.to,
          becameReadOnly: (reason) => {
            counters.disk.failed += 1;
            hooks.warn?.(`the disk tier takes no more pages: ${reason}`, { tier: 'disk' });
            runner.tell({ kind: 'diskWritable', isWritable: false });
            recovery?.begin();
          },
        });
  const recovery =
    disk === null
      ? null
      : new DiskRecovery(
          clock,
          () => disk.recover(),
          () => {
            hooks.warn?.('the disk tier is tried again', { tier: 'disk' });
            runner.tell({ kind: 'diskWritable', isWritable: true });
          },
        );
  const transfer = { ...defaultTransferOptions, ...options.transfer };
  const bytes = pageBytes(geometry);
  const recorder =
    options.record === undefined ? null : new StackRecorder(options.record, namespace, geometry.blockTokens);
  const shadows = openShadows(options, { pinned, disk });
  const listeners = [recorder, shadows].filter((one) => one !== null);
  const policies = new StackPolicies(options, recorder);
  const table = new PageTable({
    layers,
    hotSlots: device.hotSlots,
    pinnedPages: pinned.slots,
    diskPages: () => disk?.capacityPages ?? 0,
    diskStoresMax: Math.max(1, Math.floor(transfer.writeBackBytesMax / bytes)),
    diskWatermarks: { ...defaultDiskWatermarks, ...options.watermarks },
    costs: {
      blockTokens: geometry.blockTokens,
      pageBytes: { device: bytes, pinned: pinned.slotBytes, disk: disk?.footprintBytes ?? 0 },
      loadMs: (from) => {
        const rate = engine.bytesPerMs(`${from}>device`);
        return rate === null ? 0 : bytes / rate;
      },
    },
    ...policies.table,
    listeners,
  });
  const engine = options.engine ?? new TransferEngine(transfer, clock);
  const log = new PageLog(pageLogEvents, clock);
  const { verify } = options;
  const parts: StackParts = {
    table,
    requests: new PageRequests(),
    policies,
    listeners,
    shadows,
    device,
    pinned,
    disk,
    recovery,
    engine,
    link: options.link ?? copyLink,
    counters,
    prefetched: new PrefetchedPages(bytes),
    log,
    clock,
    hooks,
    verify,
    pageBytes: bytes,
    pacer: new TurnPacer(),
    bounds: { ...defaultHostBounds, ...options.bounds },
  };
  const runner = new EffectRunner(parts);
  const loader = new PageLoader(parts, runner);
  if (disk !== null) await findPages(disk, parts, runner);
  const scrubber = new Scrubber({
    clock,
    bounds: { ...defaultScrubBounds, ...options.scrub },
    pages: () => table.records.all(),
    isBusy: () => engine.isActive('load'),
    checker: new PageCheck(parts, runner, loader, geometry),
  });
  if (options.scrub !== undefined) scrubber.start();
  return new LayeredStack(parts, runner, loader, new BlockMode(parts, runner, loader), scrubber);
}

async function findPages(disk: DiskTier, parts: StackParts, runner: EffectRunner): Promise<void> {
  const { counters, hooks, log, table } = parts;
  const { opened, found, corrupt } = await disk.open();
  if (opened.kind === 'quarantined') {
    const { movedTo, reason } = opened;
    hooks.warn?.(`the disk tier cannot be used (${reason}) and starts empty; the old one is in ${movedTo}`, {
      movedTo,
    });
  }
  if (opened.kind === 'emptied')
    hooks.warn?.(`the disk tier starts empty: ${opened.reason}`, { tier: 'disk' });
  counters.disk.corrupt += corrupt;
  if (corrupt > 0) hooks.warn?.('records on disk are corrupt and were removed', { records: corrupt });
  // Deep blocks first: they are of no use without those before them, so they should go first.
  for (const { id, blockIndex, checksum, form } of found) {
    const page = table.records.pageFor(id, blockIndex, checksum);
    disk.adopt(page, form);
    log.note(page, 'found on disk');
    runner.tell({ kind: 'found', handle: page.handle });
  }
  runner.tell({ kind: 'opened' });
}
