import { scanInfo } from '../../imaging/index.ts';
import { withRepair } from '../repair-option.ts';
import { readable, rowsText } from './rows.ts';

export async function describeScan(
  path: string,
  volume: number | undefined,
  signal: AbortSignal,
): Promise<{ document: object; text: string }> {
  const info = await scanInfo(path, { signal, ...(volume === undefined ? {} : { volumeIndex: volume }) });
  const { header, intensity, labels } = info;
  const rows: (readonly [string, string])[] = [
    ['scan', path],
    ['format', `${header.format}, ${header.storedType}`],
    ['voxels', `${info.dims.join(' × ')}${header.volumes > 1 ? `, ${header.volumes} volumes` : ''}`],
    ['spacing', `${info.spacing.map(readable).join(' × ')} mm`],
    ['axes', info.orientation],
    ['origin', `${info.origin.map(readable).join(', ')} mm (LPS)`],
    [
      'values',
      intensity === null
        ? 'none that is finite'
        : `${readable(intensity.minimum)} to ${readable(intensity.maximum)}, mean ${readable(intensity.mean)}`,
    ],
    ...(info.nonFinite > 0 ? [['not finite', `${info.nonFinite} voxels`] as const] : []),
    ...(labels === undefined ? [] : [['labels', labels.map(({ value, voxels }) => `${value}: ${voxels}`).join(', ')] as const]),
    ...(header.description === '' ? [] : [['description', header.description] as const]),
    ...info.findings.map((finding) => [finding.severity, withRepair(finding)] as const),
  ];
  return { document: { kind: 'scan', ...info }, text: rowsText(rows) };
}
