export type CheckState = 'ok' | 'warn' | 'fail';

/** What one check of `kvtide doctor` found. */
export interface DoctorCheck {
  readonly name: string;
  readonly state: CheckState;
  readonly found: string;
  /** What to do about it; null where nothing is wrong. */
  readonly mend: string | null;
}

export const passed = (name: string, found: string): DoctorCheck => ({
  name,
  state: 'ok',
  found,
  mend: null,
});
