import type { NamedPolicy } from '../policy/namedPolicy.js';
import type { AdmissionPolicy, PlacementPolicy } from '../policy/policy.js';
import { grown, uint8Column } from './grown.js';
import type { LowerPlaces } from './lowerPlaces.js';
import type { PageRecords } from './pageRecords.js';
import type { PageRequest } from './pageRequest.js';
import type { NamedCopyPolicies } from './pageTableOptions.js';
import type { LowerTierName } from './tableEvents.js';
import type { TierColumns } from './tierColumns.js';
import type { UseListener } from './useListener.js';

interface GuardedTier {
  readonly places: LowerPlaces;
  readonly columns: TierColumns;
  name: string;
  policy: AdmissionPolicy;
}

/**
 * Which blocks the tiers below admit, and which get their copies at once. Policies are told of blocks; all pages of a
 * block go by what was said last.
 */
export class CopyPolicies implements UseListener {
  readonly #tiers: Readonly<Record<LowerTierName, GuardedTier>>;
  readonly #deviceBlocks: number;
  #placement: PlacementPolicy;
  #placementName: string;
  /** By block: 1 where copies are made only when it leaves. */
  #isDeferred = new Uint8Array(64);
  #mayOwe = false;

  /**
   * @param columnsOf of blocks, with what loading from that tier takes.
   * @param deviceBlocks that fit on the device.
   */
  constructor(
    { admission, placement }: NamedCopyPolicies,
    places: Readonly<Record<LowerTierName, LowerPlaces>>,
    columnsOf: (tier: LowerTierName) => TierColumns,
    deviceBlocks: number,
  ) {
    const guarded = (tier: LowerTierName): GuardedTier => {
      const columns = columnsOf(tier);
      const policy = admission.make(columns.columns, places[tier].blocksThatFit);
      return { places: places[tier], columns, name: admission.name, policy };
    };
    this.#tiers = { pinned: guarded('pinned'), disk: guarded('disk') };
    this.#deviceBlocks = deviceBlocks;
    this.#placement = placement.make(this.#tiers.pinned.columns.columns, deviceBlocks);
    this.#placementName = placement.name;
  }

  get placementName(): string {
    return this.#placementName;
  }

  admissionName(tier: LowerTierName): string {
    return this.#tiers[tier].name;
  }

  /** Whether some page may be without the copies that it is to get, because of what a policy said. */
  get mayOwe(): boolean {
    return this.#mayOwe;
  }

  used(_records: PageRecords, block: number, _request: PageRequest, wasHere: boolean): void {
    for (const { columns, places, policy } of [this.#tiers.pinned, this.#tiers.disk]) {
      columns.write(block);
      policy.resize(places.blocksThatFit);
      policy.asked(block);
    }
    const copies = wasHere ? this.#placement.used(block) : this.#placement.sealed(block);
    this.#isDeferred = grown(this.#isDeferred, block, uint8Column);
    this.#isDeferred[block] = copies === 'now' ? 0 : 1;
    if (copies !== 'now') this.#mayOwe = true;
  }

  ended(): void {}

  /** Whether copies of the block are made only when it leaves. */
  isDeferred(block: number): boolean {
    return this.#isDeferred[block] === 1;
  }

  admits(tier: LowerTierName, block: number): boolean {
    const { places, policy } = this.#tiers[tier];
    if (policy.admit(block, places.free > 0) === 'admit') return true;
    this.#mayOwe = true;
    return false;
  }

  /** Retention let pages of the block go. */
  left(tier: LowerTierName, block: number): void {
    this.#tiers[tier].policy.left(block);
  }

  /** The next one knows nothing of what was before. */
  setAdmission({ name, make }: NamedPolicy<AdmissionPolicy>): void {
    for (const guarded of [this.#tiers.pinned, this.#tiers.disk]) {
      guarded.policy = make(guarded.columns.columns, guarded.places.blocksThatFit);
      guarded.name = name;
    }
  }

  /** Blocks stay as they are until they are used again. */
  setPlacement({ name, make }: NamedPolicy<PlacementPolicy>): void {
    this.#placement = make(this.#tiers.pinned.columns.columns, this.#deviceBlocks);
    this.#placementName = name;
  }
}
