/** 20,000 accesses to 500 keys, a few of them far more often than the rest; always the same. */
export const smallTrace: readonly number[] = (() => {
  let state = 12345;
  const fraction = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: 20_000 }, () => Math.floor(500 * fraction() ** 3));
})();
