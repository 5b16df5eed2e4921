/** How often one worker is started again within the window; then something is wrong that a start does not mend. */
const restartsMax = 5;
const windowMs = 60_000;

/** Counts how often workers were started again. */
export class WorkerRestarts {
  readonly #startedMs = new Map<string, number[]>();

  /** Whether the worker in that folder may be started once more; counts it where it may. */
  mayStart(folder: string, nowMs: number): boolean {
    const recent = (this.#startedMs.get(folder) ?? []).filter((atMs) => nowMs - atMs < windowMs);
    const may = recent.length < restartsMax;
    this.#startedMs.set(folder, may ? [...recent, nowMs] : recent);
    return may;
  }
}
