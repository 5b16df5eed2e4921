import { pageBytes } from '../core/geometry.js';
import type { TensorDigest } from '../core/namespace.js';
import { PagePlanes } from '../device/pagePlanes.js';
import type { Slab } from '../memory/slab.js';
import { checkDeviceBytes } from '../tiers/leastDeviceBytes.js';
import type { Compute, ComputeStage } from './compute.js';
import type { ComputeParts } from './workerParts.js';

export interface LayersToLoad extends Omit<ComputeStage, 'device'> {
  readonly compute: ComputeParts;
  readonly deviceBytes: number;
  makeSlab(sizeBytes: number): Slab;
}

/** The layers of a worker that computes, and the arena that their kernels read. */
export class LoadedLayers {
  readonly #device: Slab;

  private constructor(
    readonly compute: Compute,
    readonly planes: PagePlanes,
    device: Slab,
  ) {
    this.#device = device;
  }

  get digests(): readonly TensorDigest[] {
    return this.compute.digests;
  }

  /** @throws KvError `invalid` when the device budget is below the least, and what the loader throws. */
  static async load(layers: LayersToLoad): Promise<LoadedLayers> {
    const { compute, deviceBytes, geometry, range, makeSlab } = layers;
    checkDeviceBytes(geometry, range, deviceBytes);
    const page = pageBytes(geometry);
    // The host's kernels read whole pages only: what is left of the budget stays unused.
    const device = makeSlab(Math.floor(deviceBytes / page) * page);
    try {
      const opened = await compute.open({ geometry, range, device });
      return new LoadedLayers(opened, new PagePlanes(device, geometry), device);
    } catch (thrown) {
      device.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    await this.compute.close();
  }

  /** After `close`, when the pages are written back too: nobody reads the arena any more. */
  unmap(): void {
    this.#device.close();
  }
}
