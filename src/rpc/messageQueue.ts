/**
 * Messages that have arrived and were not read yet. Reading is in order; one promise a read, none a
 * message that nobody waits for. The writer watches `size` and stops the source at its bound.
 */
export class MessageQueue<T> implements AsyncIterableIterator<T> {
  private messages: T[] = [];
  private head = 0;
  private readonly waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  private closed = false;
  private error: unknown;

  /** @param onEmpty called when the last message was taken. */
  constructor(private readonly onEmpty: () => void = () => {}) {}

  get size(): number {
    return this.messages.length - this.head;
  }

  push(message: T): void {
    if (this.closed) return;
    const reader = this.waiting.shift();
    if (reader === undefined) this.messages.push(message);
    else reader.resolve({ done: false, value: message });
  }

  /** Ends the iteration after what is queued, with `error` if one is given. The first call counts. */
  close(error?: unknown): void {
    if (this.closed) return;
    this.closed = true;
    this.error = error;
    for (const reader of this.waiting.splice(0)) this.finish().then(reader.resolve, reader.reject);
  }

  /** Forgets what is queued and ends the iteration. */
  abandon(error: unknown): void {
    this.messages = [];
    this.head = 0;
    this.close(error);
  }

  next(): Promise<IteratorResult<T>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.take() });
    if (this.closed) return this.finish();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this;
  }

  private take(): T {
    const message = this.messages[this.head] as T; // only called while there is one
    this.head += 1;
    if (this.head === this.messages.length) {
      this.messages = [];
      this.head = 0;
      this.onEmpty();
    }
    return message;
  }

  /** The error is thrown once; who reads on sees the end, as with a generator. */
  private finish(): Promise<IteratorResult<T>> {
    const { error } = this;
    this.error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }
}
