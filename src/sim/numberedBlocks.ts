import type { HandleSource } from './replayColumns.js';

/** Every block of a trace under its own number, for policies that are told of blocks wherever they are. */
export class NumberedBlocks implements HandleSource {
  /** `[uniqueBlocks]`: what came before it when it was seen last, or -1. */
  readonly parent: Int32Array;

  constructor(uniqueBlocks: number) {
    this.parent = new Int32Array(uniqueBlocks).fill(-1);
  }

  get room(): number {
    return this.parent.length;
  }

  blockOf(handle: number): number {
    return handle;
  }
}
