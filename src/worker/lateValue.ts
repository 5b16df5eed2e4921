/** A value that others wait for before it is there. */
export interface LateValue<T> {
  readonly value: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Who makes it reports that it does not come: nobody need wait for it. */
export function lateValue<T>(): LateValue<T> {
  let settle: Pick<LateValue<T>, 'resolve' | 'reject'> | undefined;
  const value = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  value.catch(() => {});
  return { value, ...settle! }; // a promise calls its executor at once
}
