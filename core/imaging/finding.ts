/** What can be done about a finding in one step; see `repair.ts`. */
export type RepairName = 'even-spacing' | 'straighten';

/** Something a person should know about a file that could be read all the same. */
export interface Finding {
  /** Short stable name that programs match on, such as `non-finite-voxels`. */
  readonly code: string;
  /** `warning`: results may be wrong because of it. `note`: unusual, dealt with. */
  readonly severity: 'note' | 'warning';
  readonly message: string;
  readonly repair?: RepairName;
}

export const note = (code: string, message: string): Finding => ({ code, severity: 'note', message });
export const warning = (code: string, message: string, repair?: RepairName): Finding => ({
  code,
  severity: 'warning',
  message,
  ...(repair === undefined ? {} : { repair }),
});
