/** Whether a policy is given as a file rather than by its name. */
export function isPolicyPath(given: string): boolean {
  return /[/\\]/.test(given) || /\.[cm]?[jt]s$/.test(given);
}
