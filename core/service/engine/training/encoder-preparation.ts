import type { PreparationSettings } from '../../../imaging/index.ts';
import type { PreflightFinding } from '../../api/preflight.ts';

/**
 * What speaks against preparing scans in another way than for the encoder that is begun with. Values on another scale are nothing that it
 * knows; other limits, spacing or foreground it can get used to, and papers change them on purpose.
 * @param encoder undefined for fresh weights
 */
export function preparationFindings(own: PreparationSettings, encoder: PreparationSettings | undefined): PreflightFinding[] {
  if (encoder === undefined) return [];
  const repair = { title: 'Prepare scans as for the encoder', settings: { preparation: encoder } };
  if (own.intensity.kind !== encoder.intensity.kind)
    return [
      {
        code: 'preparation',
        severity: 'refusal',
        message: `The encoder learned from values by ${named(encoder)}; this run would show it values by ${named(own)}, which it cannot make sense of.`,
        repair,
      },
    ];
  const different = [
    ...(same(own.intensity, encoder.intensity) ? [] : [`values ${limits(own)} instead of ${limits(encoder)}`]),
    ...(same(own.spacing, encoder.spacing) ? [] : [`voxels ${spaced(own)} instead of ${spaced(encoder)}`]),
    ...(own.foreground === encoder.foreground ? [] : [own.foreground ? 'only the foreground' : 'all of a scan']),
  ];
  if (different.length === 0) return [];
  return [
    {
      code: 'preparation',
      severity: 'warning',
      message: `Scans are prepared in another way than for the encoder: ${different.join(', ')}.`,
      repair,
    },
  ];
}

const names = { window: 'a window', zscore: 'z-score', percentile: 'percentiles' } as const;
const named = ({ intensity }: PreparationSettings): string => names[intensity.kind];
const limits = ({ intensity }: PreparationSettings): string =>
  intensity.kind === 'zscore' ? '' : `from ${intensity.low} to ${intensity.high}`;
const spaced = ({ spacing }: PreparationSettings): string => (spacing === null ? 'as they are' : `of ${spacing.join(' × ')} mm`);

/** Both are read by one schema, so their fields are in one order. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
