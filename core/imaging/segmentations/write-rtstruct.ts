import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import { IMPLICIT_LITTLE } from '../dicom/transfer-syntax.ts';
import type { Triple } from '../volume.ts';
import { codeItem, type SegmentDescription } from './codes.ts';
import { outlines, type PlanePoint } from './contours.ts';
import { derivedModules, type DerivedOptions } from './derived-object.ts';
import { decimalString, dicomNow, encodeDicom, shortText, type DicomAttributes } from './encode.ts';
import { layersOf, type GridLabels } from './on-grid.ts';
import type { SourceSeries } from './source-series.ts';

export const RTSTRUCT_STORAGE = '1.2.840.10008.5.1.4.1.1.481.3';
const DETACHED_STUDY = '1.2.840.10008.3.1.2.3.1';

/** Contour points are given to a tenth of a micrometre: planning systems keep fewer digits. */
const DECIMALS = 1e4;

/**
 * An RT structure set of a label map on its scan's grid: contours along pixel edges on every slice, which filled at pixel centres give the
 * label map again. The number of a structure is its label value.
 * @throws TesseraError `bad-labels` when nothing is labelled
 */
export async function encodeStructureSet(
  labels: GridLabels | readonly GridLabels[],
  source: SourceSeries,
  segments: readonly SegmentDescription[],
  options: DerivedOptions = {},
): Promise<{ readonly bytes: Uint8Array; readonly sopInstance: string }> {
  const structures = layersOf(labels).flatMap((layer) => layer.values.map((value) => ({ layer, segment: segmentOf(value, segments) })));
  if (structures.length === 0)
    throw new TesseraError('bad-labels', 'holds no voxel with a label.', {
      subject: 'the label map',
      advice: 'A structure set needs at least one voxel.',
    });
  const { attributes, sopInstance } = derivedModules(source, RTSTRUCT_STORAGE, 'RTSTRUCT', 'Tessera structures', options);
  const { date, time } = dicomNow(options.now);
  const bytes = await encodeDicom(
    {
      ...attributes,
      OperatorsName: '',
      StructureSetLabel: 'TESSERA',
      StructureSetDate: date,
      StructureSetTime: time,
      FrameOfReferenceUID: source.frameOfReference,
      PositionReferenceIndicator: '',
      ReferencedFrameOfReferenceSequence: [referencedFrame(source)],
      StructureSetROISequence: structures.map(({ segment }) => roi(segment, source, options)),
      ROIContourSequence: structures.map(({ layer, segment }) => roiContours(layer, source, segment)),
      RTROIObservationsSequence: structures.map(({ segment }) => observation(segment)),
    },
    undefined,
    // Contours may be longer than explicit lengths of texts can tell (64 KiB).
    IMPLICIT_LITTLE,
  );
  return { bytes, sopInstance };
}

function segmentOf(value: number, segments: readonly SegmentDescription[]): SegmentDescription {
  const segment = segments.find((one) => one.value === value);
  if (segment !== undefined) return segment;
  throw new TesseraError('bad-labels', `holds the value ${value}, which has no name.`, {
    subject: 'the label map',
    advice: 'Name it in labels.json, or choose the preset that it belongs to.',
  });
}

/** As {@link encodeStructureSet}, into a file. */
export async function writeStructureSet(path: string, ...args: Parameters<typeof encodeStructureSet>): Promise<void> {
  await writeFileAtomic(path, (await encodeStructureSet(...args)).bytes);
}

function referencedFrame(source: SourceSeries): DicomAttributes {
  return {
    FrameOfReferenceUID: source.frameOfReference,
    RTReferencedStudySequence: [
      {
        ReferencedSOPClassUID: DETACHED_STUDY,
        ReferencedSOPInstanceUID: source.studyUid,
        RTReferencedSeriesSequence: [
          {
            SeriesInstanceUID: source.seriesUid,
            ContourImageSequence: source.sopInstances.map(({ sopClass, sopInstance: uid }) => ({
              ReferencedSOPClassUID: sopClass,
              ReferencedSOPInstanceUID: uid,
            })),
          },
        ],
      },
    ],
  };
}

function roi({ value, name }: SegmentDescription, source: SourceSeries, { algorithmType = 'AUTOMATIC' }: DerivedOptions): DicomAttributes {
  return {
    ROINumber: String(value),
    ReferencedFrameOfReferenceUID: source.frameOfReference,
    ROIName: shortText(name, 64) || `Label ${value}`,
    ROIGenerationAlgorithm: algorithmType,
  };
}

const COLOURS: readonly (readonly [number, number, number])[] = [
  [230, 60, 60],
  [60, 180, 75],
  [70, 110, 240],
  [240, 200, 40],
  [200, 70, 220],
  [60, 200, 210],
  [245, 130, 50],
];

function roiContours({ labels, geometry }: GridLabels, source: SourceSeries, { value, colour }: SegmentDescription): DicomAttributes {
  const [columns, rows, count] = geometry.dims;
  const contours: DicomAttributes[] = [];
  for (let k = 0; k < count; k++) {
    const slice = source.slices[k];
    if (slice === undefined) throw new RangeError(`no slice ${k}`);
    for (const polygon of outlines(labels.subarray(k * columns * rows, (k + 1) * columns * rows), columns, rows, value)) {
      contours.push({
        ContourImageSequence: [
          {
            ReferencedSOPClassUID: slice.sopClass,
            ReferencedSOPInstanceUID: slice.sopInstance,
            ...(slice.frame === undefined ? {} : { ReferencedFrameNumber: String(slice.frame) }),
          },
        ],
        ContourGeometricType: 'CLOSED_PLANAR',
        NumberOfContourPoints: String(polygon.length),
        ContourData: polygon.flatMap((point) => pointOnSlice(point, slice.position, source)),
      });
    }
  }
  return {
    ROIDisplayColor: (colour ?? COLOURS[value % COLOURS.length] ?? [255, 0, 0]).map(String),
    ReferencedROINumber: String(value),
    ContourSequence: contours,
  };
}

function pointOnSlice([column, row]: PlanePoint, position: Triple, { axes, pixelSpacing }: SourceSeries): readonly string[] {
  return [0, 1, 2].map((c) => {
    const at = (position[c] ?? 0) + column * pixelSpacing[0] * (axes[0][c] ?? 0) + row * pixelSpacing[1] * (axes[1][c] ?? 0);
    return decimalString(Math.round(at * DECIMALS) / DECIMALS);
  });
}

function observation({ value, type, modifiers }: SegmentDescription): DicomAttributes {
  return {
    ObservationNumber: String(value),
    ReferencedROINumber: String(value),
    RTROIIdentificationCodeSequence: [
      { ...codeItem(type), ...(modifiers.length === 0 ? {} : { SegmentedPropertyTypeModifierCodeSequence: modifiers.map(codeItem) }) },
    ],
    RTROIInterpretedType: 'ORGAN',
    ROIInterpreter: '',
  };
}
