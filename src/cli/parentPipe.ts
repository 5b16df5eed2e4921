/** How long a process may take to end after its parent is gone. */
const orphanGraceMs = 3_000;

/**
 * Ties this process to its parent: stdin is a pipe that the parent holds, and its end means that the
 * parent is gone, however that came about. SIGINT is the parent's matter: a terminal sends it to both.
 * @returns a signal that aborts then.
 */
export function followParent(): AbortSignal {
  const gone = new AbortController();
  process.on('SIGINT', () => {});
  // Nobody reads any more; a failed write may not keep the process from tidying up.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const end = (): void => {
    if (gone.signal.aborted) return;
    gone.abort();
    // Not an exit: that would wait for threads that are inside native code.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), orphanGraceMs).unref();
  };
  process.stdin.on('end', end).on('close', end).on('error', end).resume();
  return gone.signal;
}
