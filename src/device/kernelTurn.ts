/**
 * When a lane may use the kernels. Lanes share one thread, on which a kernel call runs to its end: between
 * two calls another lane may go first.
 */
export interface KernelTurn {
  /** Resolves when this lane may make its next call. */
  next(): Promise<void>;
  /** This lane has nothing to do before `event`; the others may go on meanwhile. */
  idle<T>(event: Promise<T>): Promise<T>;
}

/** The turn of who is alone. */
export const freeTurn: KernelTurn = {
  next: () => Promise.resolve(),
  idle: (event) => event,
};
