import type { PreflightFinding } from '../../api/preflight.ts';
import type { FinetuningPlan } from './training-plan.ts';

/** More scans than so many are told of together. */
const MOST_TOLD_ALONE = 5;

/**
 * A segment that some scans have and one has not would be taught as background there. That is right where the organ is absent, and wrong where
 * it was not drawn; only a person knows.
 */
export function missingSegmentFindings({ labels, parts }: Pick<FinetuningPlan, 'labels' | 'parts'>): PreflightFinding[] {
  const used = parts === undefined ? undefined : new Set([...parts.training, ...parts.validation]);
  const lacking = labels.layers.filter(({ scan, missing }) => missing.length > 0 && (used?.has(scan) ?? true));
  const absent = lacking.map(({ scan, missing }) => ({ scan, segments: [...missing] }));
  if (absent.length > MOST_TOLD_ALONE) {
    const names = [...new Set(absent.flatMap(({ segments }) => segments))];
    return [
      {
        code: 'missing-segment',
        severity: 'warning',
        message: `${absent.length} scans have not all of the segments that others have (${names.join(', ')}): they would be taught as background there. That is right only where they are absent.`,
        repair: { title: 'Leave them out', leaveOut: absent.map(({ scan }) => scan) },
        otherRepair: { title: 'They are absent there', absent },
      },
    ];
  }
  return absent.map((one) => ({
    code: 'missing-segment',
    severity: 'warning',
    message: `Its labels have no ${one.segments.join(', ')}, as others have: it would be taught as background there. That is right only where it is absent.`,
    scan: one.scan,
    repair: { title: 'Leave it out', leaveOut: [one.scan] },
    otherRepair: { title: 'It is absent there', absent: [one] },
  }));
}
