import { type PolicyColumns, requestKinds } from './policyColumns.js';
import type { HandleState } from './policyEvent.js';

const firstHandles = 256;

/** Columns of somebody who is told what to write: out of a recording, or beside a live policy. */
export class RecordedColumns implements PolicyColumns {
  keyLow = new Uint32Array(firstHandles);
  keyHigh = new Uint32Array(firstHandles);
  parent = new Int32Array(firstHandles);
  depth = new Int32Array(firstHandles);
  layer = new Int16Array(firstHandles);
  request = new Uint32Array(firstHandles);
  kind = new Uint8Array(firstHandles);
  requestTokens = new Uint32Array(firstHandles);
  time = new Float64Array(firstHandles);
  tokens = new Uint32Array(firstHandles);
  bytes = new Uint32Array(firstHandles);
  loadMs = new Float32Array(firstHandles);
  recomputeMs = new Float32Array(firstHandles);
  mass = new Float32Array(firstHandles).fill(-1);

  write(handle: number, keyHigh: number, keyLow: number, state: Omit<HandleState, 'key'>): void {
    if (handle >= this.time.length) this.#grow(Math.max(handle + 1, 2 * this.time.length));
    this.keyHigh[handle] = keyHigh;
    this.keyLow[handle] = keyLow;
    this.parent[handle] = state.parent;
    this.depth[handle] = state.depth;
    this.layer[handle] = state.layer;
    this.request[handle] = state.request;
    this.kind[handle] = requestKinds.indexOf(state.kind);
    this.requestTokens[handle] = state.requestTokens;
    this.time[handle] = state.time;
    this.tokens[handle] = state.tokens;
    this.bytes[handle] = state.bytes;
    this.loadMs[handle] = state.loadMs;
    this.recomputeMs[handle] = state.recomputeMs;
  }

  #grow(handles: number): void {
    this.keyLow = extended(this.keyLow, new Uint32Array(handles));
    this.keyHigh = extended(this.keyHigh, new Uint32Array(handles));
    this.parent = extended(this.parent, new Int32Array(handles));
    this.depth = extended(this.depth, new Int32Array(handles));
    this.layer = extended(this.layer, new Int16Array(handles));
    this.request = extended(this.request, new Uint32Array(handles));
    this.kind = extended(this.kind, new Uint8Array(handles));
    this.requestTokens = extended(this.requestTokens, new Uint32Array(handles));
    this.time = extended(this.time, new Float64Array(handles));
    this.tokens = extended(this.tokens, new Uint32Array(handles));
    this.bytes = extended(this.bytes, new Uint32Array(handles));
    this.loadMs = extended(this.loadMs, new Float32Array(handles));
    this.recomputeMs = extended(this.recomputeMs, new Float32Array(handles));
    this.mass = new Float32Array(handles).fill(-1); // what is recorded are blocks
  }
}

function extended<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
