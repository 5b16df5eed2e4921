import { KvError } from '../core/errors.js';
import type { PolicyKind } from '../core/policyKind.js';
import { type TierName, tierNames } from '../core/tierName.js';
import { admissionPolicies, defaultAdmission } from '../policy/admissionPolicies.js';
import type { NamedPolicy } from '../policy/namedPolicy.js';
import { defaultPlacement, placementPolicies } from '../policy/placementPolicies.js';
import type { AdmissionPolicy, PlacementPolicy, ResidencyPolicy, RetentionPolicy } from '../policy/policy.js';
import { defaultResidency, residencyPolicies } from '../policy/residencyPolicies.js';
import { defaultRetention, retentionPolicies } from '../policy/retentionPolicies.js';
import type { LivePolicy, PolicyFailure } from './livePolicy.js';
import type { PageTable } from './pageTable.js';
import type { PageTableOptions } from './pageTableOptions.js';
import type { TierPolicyFigures } from './policyFigures.js';
import type { TierStackOptions } from './stackOptions.js';
import type { StackRecorder } from './stackRecorder.js';
import type { LowerTierName } from './tableEvents.js';

/** Handles that a policy which is to take over is given in one turn of the event loop. */
const handedPerTurn = 1024;

/** The policies of a worker's tiers by name, and their change. */
export class StackPolicies {
  readonly #recorder: StackRecorder | null;
  readonly #hooks: NonNullable<TierStackOptions['hooks']>;
  readonly #failures: Record<TierName, number> = { device: 0, pinned: 0, disk: 0 };
  /** What the tiers begin with. */
  readonly table: Pick<PageTableOptions, 'residency' | 'retention' | 'copies'>;

  constructor(
    options: Pick<TierStackOptions, 'residency' | 'retention' | 'admission' | 'placement' | 'hooks'>,
    recorder: StackRecorder | null,
  ) {
    const { residency, retention, admission = defaultAdmission, hooks = {} } = options;
    this.#recorder = recorder;
    this.#hooks = hooks;
    const onDevice = namedResidency(residency);
    const below = typeof retention === 'string' ? namedRetention(retention) : retention;
    const failed = (tier: TierName) => (failure: PolicyFailure) => this.#failed(tier, failure);
    this.table = {
      residency: { policy: onDevice, last: namedResidency(defaultResidency), failed: failed('device') },
      retention: (tier) => ({
        policy: this.#recorded(below, tier),
        last: this.#recorded(namedRetention(defaultRetention), tier),
        failed: failed(tier),
      }),
      copies: {
        admission: namedAdmission(admission),
        placement: namedPlacement(options.placement ?? defaultPlacement),
      },
    };
  }

  figures({ places, copyPolicies }: PageTable): readonly TierPolicyFigures[] {
    const kept = tierNames.map((tier): TierPolicyFigures => {
      const isDevice = tier === 'device';
      const { name } = isDevice ? places.device.residency : places[tier].retention;
      return { tier, kind: isDevice ? 'residency' : 'retention', name, failures: this.#failures[tier] };
    });
    const admitted = (['pinned', 'disk'] as const).map((tier): TierPolicyFigures => {
      return { tier, kind: 'admission', name: copyPolicies.admissionName(tier), failures: 0 };
    });
    const { placementName: name } = copyPolicies;
    return [...kept, ...admitted, { tier: 'device', kind: 'placement', name, failures: 0 }];
  }

  /**
   * Changes the policy of each tier of the kind; what is in stays in. Steps go on meanwhile. Those of admission and
   * placement begin without what the one before knew.
   * @throws KvError `invalid` for a name that is none, or when the policy cannot be made.
   */
  async set(
    kind: PolicyKind,
    name: string,
    { places, copyPolicies }: PageTable,
    nextTurn: () => Promise<void>,
  ): Promise<void> {
    switch (kind) {
      case 'residency':
        await handOver(places.device.residency, namedResidency(name), nextTurn);
        break;
      case 'retention': {
        const next = namedRetention(name);
        for (const tier of ['pinned', 'disk'] as const)
          await handOver(places[tier].retention, this.#recorded(next, tier), nextTurn);
        break;
      }
      case 'admission':
        copyPolicies.setAdmission(namedAdmission(name));
        break;
      case 'placement':
        copyPolicies.setPlacement(namedPlacement(name));
    }
  }

  #recorded(policy: NamedPolicy<RetentionPolicy>, tier: LowerTierName): NamedPolicy<RetentionPolicy> {
    return this.#recorder?.recorded(policy, tier) ?? policy;
  }

  #failed(tier: TierName, failure: PolicyFailure): void {
    this.#failures[tier] += 1;
    this.#hooks.policyFailed?.({ ...failure, tier });
    this.#hooks.warn?.(
      `the policy ${failure.policy} of the ${tier} tier failed and ${failure.next} goes on: ${failure.error.message}`,
      { tier },
    );
  }
}

async function handOver<P extends RetentionPolicy>(
  live: LivePolicy<P>,
  next: NamedPolicy<P>,
  nextTurn: () => Promise<void>,
): Promise<void> {
  live.switchTo(next);
  while (!live.continueSwitch(handedPerTurn)) await nextTurn();
  if (live.name !== next.name)
    throw new KvError('internal', `the policy ${next.name} failed before it took over; ${live.name} goes on`);
}

function namedResidency(name: string): NamedPolicy<ResidencyPolicy> {
  return named<ResidencyPolicy>('residency', name, residencyPolicies);
}

function namedRetention(name: string): NamedPolicy<RetentionPolicy> {
  return named<RetentionPolicy>('retention', name, retentionPolicies);
}

function namedAdmission(name: string): NamedPolicy<AdmissionPolicy> {
  return named<AdmissionPolicy>('admission', name, admissionPolicies);
}

function namedPlacement(name: string): NamedPolicy<PlacementPolicy> {
  return named<PlacementPolicy>('placement', name, placementPolicies);
}

function named<P>(
  kind: PolicyKind,
  name: string,
  all: Readonly<Record<string, NamedPolicy<P>['make']>>,
): NamedPolicy<P> {
  const make = Object.hasOwn(all, name) ? all[name] : undefined;
  if (make !== undefined) return { name, make };
  throw new KvError('invalid', `"${name}" is no ${kind} policy; there are ${Object.keys(all).join(', ')}`);
}
