import type { PageId } from '../core/pageId.js';
import type { PageView } from '../core/pageView.js';
import { notOwn, type TenantGate } from '../core/tenantGate.js';
import type { KnownTenant } from '../core/tenantTable.js';
import type { PageSeal } from '../transfer/lane.js';
import type { Borrow, PageHost, PageRoom, Reserve, RoomEnd } from '../transfer/pageHost.js';
import type { TenantBytes } from './tenantBytes.js';

/** The pages of a worker as one tenant may see them: a key that is not its own names nothing. */
export class TenantPages implements PageHost {
  readonly #host: PageHost;
  readonly #gate: TenantGate;
  readonly #bytes: TenantBytes;
  readonly #tenant: KnownTenant;

  constructor(host: PageHost, gate: TenantGate, bytes: TenantBytes, tenant: KnownTenant) {
    this.#host = host;
    this.#gate = gate;
    this.#bytes = bytes;
    this.#tenant = tenant;
  }

  borrow(id: PageId, signal: AbortSignal): Borrow | Promise<Borrow> {
    const retryAfterMs = this.#gate.delayMs(this.#tenant);
    if (retryAfterMs > 0) return { kind: 'throttled', retryAfterMs };
    return this.#gate.owns(this.#tenant, id.block) ? this.#host.borrow(id, signal) : { kind: 'miss' };
  }

  reserve(id: PageId, seal: PageSeal, signal: AbortSignal): Reserve | Promise<Reserve> {
    const tenant = this.#tenant;
    const retryAfterMs = this.#gate.delayMs(tenant);
    if (retryAfterMs > 0) return { kind: 'throttled', retryAfterMs };
    if (!this.#gate.owns(tenant, id.block)) return { kind: 'failed', cause: notOwn(tenant) };
    const full = this.#bytes.refusal(tenant);
    if (full !== null) {
      this.#gate.refused(tenant.name, 'bytes');
      return { kind: 'failed', cause: full };
    }
    const reserved = this.#host.reserve(id, seal, signal);
    return reserved instanceof Promise
      ? reserved.then((late) => this.#counted(late))
      : this.#counted(reserved);
  }

  /** Pages on their way count as well: many at once may not pass the quota together. */
  #counted(reserved: Reserve): Reserve {
    if (reserved.kind !== 'room') return reserved;
    const { room } = reserved;
    const arrived = this.#bytes.coming(this.#tenant.name);
    return { kind: 'room', room: new CountedRoom(room, arrived) };
  }
}

class CountedRoom implements PageRoom {
  constructor(
    private readonly room: PageRoom,
    private readonly arrived: () => void,
  ) {}

  get view(): PageView {
    return this.room.view;
  }

  complete(): RoomEnd | Promise<RoomEnd> {
    const end = this.room.complete();
    if (end instanceof Promise) return end.finally(this.arrived);
    this.arrived();
    return end;
  }

  abandon(): void {
    this.room.abandon();
    this.arrived();
  }
}
