import type { ScanDetails } from '../api/types.ts';

/** Air in HU, and a little noise; no other modality stores values this low. */
const AIR = -900;

/** The modality of a scan; one that does not name it (NIfTI, NRRD) is taken for a CT when its values reach from air to bone in HU. */
export function likelyModality({
  modality,
  range,
  slope,
  intercept,
}: Pick<ScanDetails, 'modality' | 'range' | 'slope' | 'intercept'>): string | undefined {
  if (modality !== undefined) return modality;
  const ends = [range[0] * slope + intercept, range[1] * slope + intercept];
  return Math.min(...ends) <= AIR && Math.max(...ends) >= 150 ? 'CT' : undefined;
}
