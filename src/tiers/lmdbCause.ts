/** lmdb rejects with a general error; the real one rejects a promise that hangs on it. */
export async function lmdbCause(thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof Error && 'commitError' in thrown)) return thrown;
  try {
    await thrown.commitError;
    return thrown;
  } catch (cause) {
    return cause;
  }
}
