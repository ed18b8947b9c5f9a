import { cielab } from './cielab.ts';
import { codeItem, dcm, sct, type SegmentDescription } from './codes.ts';
import type { DerivedOptions } from './derived-object.ts';
import { decimalString, shortText, type DicomAttributes } from './encode.ts';
import type { SourceSeries } from './source-series.ts';
import { freshUid } from './uid.ts';

export const SEGMENTATION_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4';
export const LABELMAP_STORAGE = '1.2.840.10008.5.1.4.1.1.66.7';

/** A slice with voxels of one segment, or of any in a label map. */
export interface SegFrame {
  readonly k: number;
  /** Number of the segment, and which label map has it; absent in a DICOM label map. */
  readonly segment?: number;
  readonly layer?: number;
}

/** Where a segment got its number from another value, reading gives the value back; see `read-seg.ts`. */
export const labelText = (value: number): string => `Label ${value}`;

/** A segment: what it is, what made it, how to show it (PS3.3 C.8.20.4). */
export function segmentItem(segment: SegmentDescription, number: number, options: DerivedOptions): DicomAttributes {
  const { algorithmType = 'AUTOMATIC', algorithmName = 'Tessera' } = options;
  const { value, name, category, type, modifiers, region, regionModifiers = [], colour } = segment;
  const modified = modifiers.length === 0 ? {} : { SegmentedPropertyTypeModifierCodeSequence: modifiers.map(codeItem) };
  const regionItem = region === undefined ? undefined : codeItem(region);
  const regionModified = regionModifiers.length === 0 ? {} : { AnatomicRegionModifierSequence: regionModifiers.map(codeItem) };
  return {
    SegmentNumber: number,
    SegmentLabel: shortText(name, 64) || labelText(value),
    SegmentDescription: labelText(value),
    SegmentAlgorithmType: algorithmType,
    ...(algorithmType === 'MANUAL' ? {} : { SegmentAlgorithmName: shortText(algorithmName, 64) }),
    SegmentedPropertyCategoryCodeSequence: [codeItem(category)],
    SegmentedPropertyTypeCodeSequence: [{ ...codeItem(type), ...modified }],
    ...(regionItem === undefined ? {} : { AnatomicRegionSequence: [{ ...regionItem, ...regionModified }] }),
    ...(colour === undefined ? {} : { RecommendedDisplayCIELabValue: cielab(colour) }),
    TrackingID: shortText(name, 64) || labelText(value),
    TrackingUID: freshUid(),
  };
}

/** A label map describes its background too (PS3.3 C.8.20.2). */
export function backgroundItem(options: DerivedOptions): DicomAttributes {
  const { algorithmType = 'AUTOMATIC', algorithmName = 'Tessera' } = options;
  return {
    SegmentNumber: 0,
    SegmentLabel: 'Background',
    SegmentAlgorithmType: algorithmType,
    ...(algorithmType === 'MANUAL' ? {} : { SegmentAlgorithmName: shortText(algorithmName, 64) }),
    SegmentedPropertyCategoryCodeSequence: [codeItem(sct('309825002', 'Spatial and Relational Concept'))],
    SegmentedPropertyTypeCodeSequence: [codeItem(dcm('125040', 'Background'))],
  };
}

const SEGMENT_NUMBER = ['0062000B', '0062000A', 'ReferencedSegmentNumber'] as const;
const POSITION = ['00200032', '00209113', 'ImagePositionPatient'] as const;

/** What orders the frames (PS3.3 C.7.6.17): the segment, then the place along the normal. */
export function dimensionModule(binary: boolean): DicomAttributes {
  const uid = freshUid();
  const pointers = binary ? [SEGMENT_NUMBER, POSITION] : [POSITION];
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: uid }],
    DimensionIndexSequence: pointers.map(([index, group, label]) => ({
      DimensionOrganizationUID: uid,
      DimensionIndexPointer: index,
      FunctionalGroupPointer: group,
      DimensionDescriptionLabel: label,
    })),
  };
}

/** What holds for all frames. */
export function sharedGroups({ axes, pixelSpacing, geometry }: SourceSeries): DicomAttributes {
  const between = decimalString(geometry.spacing[2]);
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: axes.flat().map(decimalString) }],
    PixelMeasuresSequence: [
      {
        // Rows first.
        PixelSpacing: [decimalString(pixelSpacing[1]), decimalString(pixelSpacing[0])],
        SliceThickness: between,
        SpacingBetweenSlices: between,
      },
    ],
  };
}

/** The place of each frame, and the image it was drawn on. */
export function frameGroups(frames: readonly SegFrame[], { slices }: SourceSeries, binary: boolean): readonly DicomAttributes[] {
  const used = [...new Set(frames.map(({ k }) => k))].sort((a, b) => a - b);
  const place = new Map(used.map((k, i) => [k, i + 1]));
  return frames.map(({ k, segment = 0 }) => {
    const slice = slices[k];
    if (slice === undefined) throw new RangeError(`no slice ${k}`);
    const position = place.get(k) ?? 0;
    return {
      DerivationImageSequence: [
        {
          DerivationCodeSequence: [codeItem(dcm('113076', 'Segmentation'))],
          SourceImageSequence: [
            {
              ReferencedSOPClassUID: slice.sopClass,
              ReferencedSOPInstanceUID: slice.sopInstance,
              ...(slice.frame === undefined ? {} : { ReferencedFrameNumber: String(slice.frame) }),
              SpatialLocationsPreserved: 'YES',
              PurposeOfReferenceCodeSequence: [codeItem(dcm('121322', 'Source image for image processing operation'))],
            },
          ],
        },
      ],
      FrameContentSequence: [{ DimensionIndexValues: binary ? [segment, position] : [position] }],
      PlanePositionSequence: [{ ImagePositionPatient: slice.position.map(decimalString) }],
      ...(binary ? { SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }] } : {}),
    };
  });
}
