/** Runs `work` for 0 up to `count`, at most `depth` at a time. The first failure ends it. */
export async function withDepth(
  depth: number,
  count: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(depth, count) }, runner));
}
