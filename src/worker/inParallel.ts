/** Runs `work` over all items, at most `atOnce` at a time. After the first that rejects no other begins. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let isBroken = false;
  const runner = async (): Promise<void> => {
    for (const item of rest) {
      if (isBroken) return;
      try {
        await work(item);
      } catch (thrown) {
        isBroken = true;
        throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, runner));
}
