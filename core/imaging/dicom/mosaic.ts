import { dot, scale } from '../affine.ts';
import type { Triple } from '../volume.ts';
import { readSiemensHeader } from './siemens-header.ts';
import * as data from './data-set.ts';
import type { DataSet } from './data-set.ts';
import { normalOf, type DicomFrame } from './image.ts';

/** Siemens' own header of an image ("CSA"), in the private block that begins with SIEMENS CSA HEADER. */
const SIEMENS_IMAGE_HEADER = 'x00291010';
/** The number of slices once more, in SIEMENS MR HEADER. */
const SLICES_IN_MOSAIC = 'x0019100a';

/**
 * The slices of a Siemens mosaic: one picture that shows all slices of a volume side by side, row by row. The position in the header is
 * that of the whole picture's corner, as if it were one large slice around the same centre; so the first slice's corner lies
 * half of the surplus further in.
 * @returns undefined when the picture is no mosaic
 */
export function mosaicFrames(frame: DicomFrame, dataSet: DataSet): DicomFrame[] | undefined {
  if (!frame.image.imageType.includes('MOSAIC')) return undefined;
  const bytes = data.valueBytes(dataSet, SIEMENS_IMAGE_HEADER);
  const siemens = bytes === undefined ? undefined : readSiemensHeader(bytes);
  const slices = siemens?.get('NumberOfImagesInMosaic')?.[0] ?? data.uint16(dataSet, SLICES_IN_MOSAIC);
  const { position, axes, pixelSpacing, sliceSpacing } = frame;
  if (slices === undefined || !(slices >= 1) || !position || !axes || !pixelSpacing || !sliceSpacing) return undefined;

  const across = Math.ceil(Math.sqrt(slices));
  const columns = Math.floor(frame.columns / across);
  const rows = Math.floor(frame.rows / across);
  if (columns < 1 || rows < 1 || slices > 10_000) return undefined;
  const inwards = (axis: 0 | 1, surplus: number): Triple => scale(axes[axis], (surplus / 2) * pixelSpacing[axis]);
  const [right, down] = [inwards(0, frame.columns - columns), inwards(1, frame.rows - rows)];
  const step = scale(sliceDirection(axes, siemens?.get('SliceNormalVector')), sliceSpacing);

  return Array.from({ length: Math.round(slices) }, (_, k) => ({
    ...frame,
    columns,
    rows,
    tile: [(k % across) * columns, Math.floor(k / across) * rows] as const,
    position: sum(position, right, down, scale(step, k)),
  }));
}

/** Siemens numbers slices along its own normal, which may point against row × column. */
function sliceDirection(axes: readonly [Triple, Triple], siemensNormal: readonly number[] | undefined): Triple {
  const normal = normalOf(axes);
  const [x, y, z] = siemensNormal ?? [];
  if (x === undefined || y === undefined || z === undefined) return normal;
  return dot(normal, [x, y, z]) < 0 ? scale(normal, -1) : normal;
}

function sum(...vectors: readonly Triple[]): Triple {
  return vectors.reduce((a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
}
