const word = new Int32Array(new SharedArrayBuffer(4));

/**
 * Plain reads and writes before it happen before those after it. Atomics order themselves; on ARM they let
 * plain accesses around them pass, which a full exchange does not.
 */
export function memoryFence(): void {
  Atomics.add(word, 0, 0);
}
