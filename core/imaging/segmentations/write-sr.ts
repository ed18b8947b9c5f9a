import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import { codeItem, dcm, sct, type Code, type SegmentDescription } from './codes.ts';
import { derivedModules, type DerivedOptions } from './derived-object.ts';
import { decimalString, dicomNow, encodeDicom, shortText, type DicomAttributes } from './encode.ts';
import type { SegmentNumbers } from './segment-numbers.ts';
import type { SourceSeries } from './source-series.ts';
import { freshUid } from './uid.ts';
import type { WrittenSeg } from './write-seg.ts';

export const COMPREHENSIVE_3D_SR = '1.2.840.10008.5.1.4.1.1.88.34';

/**
 * A structured report of measurements (PS3.16 TID 1500): for each segment a group (TID 1411) with its volume, and in CT its mean in
 * Hounsfield units, that points at the segment in its DICOM segmentation and at the scan.
 * @throws TesseraError `bad-labels` when there is nothing to report
 */
export async function encodeMeasurementReport(
  numbers: readonly SegmentNumbers[],
  segments: readonly SegmentDescription[],
  seg: Omit<WrittenSeg, 'bytes'>,
  source: SourceSeries,
  options: DerivedOptions = {},
): Promise<{ readonly bytes: Uint8Array; readonly sopInstance: string }> {
  if (numbers.length === 0)
    throw new TesseraError('bad-labels', 'holds no voxel with a label.', {
      subject: 'the label map',
      advice: 'A report needs at least one segment.',
    });
  const { attributes, sopInstance } = derivedModules(source, COMPREHENSIVE_3D_SR, 'SR', 'Tessera measurements', options);
  const { date, time } = dicomNow(options.now);
  const bytes = await encodeDicom({
    ...attributes,
    ContentDate: date,
    ContentTime: time,
    ReferencedPerformedProcedureStepSequence: [],
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    PerformedProcedureCodeSequence: [],
    CurrentRequestedProcedureEvidenceSequence: [evidence(seg, source)],
    ...container(dcm('126000', 'Imaging Measurement Report'), '1500', [
      code('HAS CONCEPT MOD', dcm('121049', 'Language of Content Item and Descendants'), {
        value: 'en',
        scheme: 'RFC5646',
        meaning: 'English',
      }),
      code('HAS OBS CONTEXT', dcm('121005', 'Observer Type'), dcm('121007', 'Device')),
      uidref('HAS OBS CONTEXT', dcm('121012', 'Device Observer UID'), freshUid()),
      text('HAS OBS CONTEXT', dcm('121013', 'Device Observer Name'), 'Tessera'),
      code('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), procedureOf(source)),
      {
        RelationshipType: 'CONTAINS',
        ...container(
          dcm('126010', 'Imaging Measurements'),
          undefined,
          numbers.map((one) => group(one, segments, seg, source)),
        ),
      },
    ]),
  });
  return { bytes, sopInstance };
}

/** As {@link encodeMeasurementReport}, into a file. */
export async function writeMeasurementReport(path: string, ...args: Parameters<typeof encodeMeasurementReport>): Promise<void> {
  await writeFileAtomic(path, (await encodeMeasurementReport(...args)).bytes);
}

function procedureOf({ modality }: SourceSeries): Code {
  return modality === 'MR'
    ? { value: '25056-3', scheme: 'LN', meaning: 'MRI Unspecified Body Region' }
    : { value: '25045-6', scheme: 'LN', meaning: 'CT Unspecified Body Region' };
}

function evidence({ sopClass, sopInstance, seriesUid }: Omit<WrittenSeg, 'bytes'>, source: SourceSeries): DicomAttributes {
  const reference = (one: { readonly sopClass: string; readonly sopInstance: string }): DicomAttributes => ({
    ReferencedSOPClassUID: one.sopClass,
    ReferencedSOPInstanceUID: one.sopInstance,
  });
  return {
    StudyInstanceUID: source.studyUid,
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: seriesUid, ReferencedSOPSequence: [reference({ sopClass, sopInstance })] },
      { SeriesInstanceUID: source.seriesUid, ReferencedSOPSequence: source.sopInstances.map(reference) },
    ],
  };
}

function group(
  one: SegmentNumbers,
  segments: readonly SegmentDescription[],
  seg: Omit<WrittenSeg, 'bytes'>,
  source: SourceSeries,
): DicomAttributes {
  const segment = segments.find(({ value }) => value === one.value);
  const number = seg.segmentNumbers.get(one.value);
  if (segment === undefined || number === undefined) throw new RangeError(`no segment for the value ${one.value}`);
  const site = segment.region ?? segment.type;
  const side = [...(segment.regionModifiers ?? []), ...segment.modifiers].find(({ meaning }) => meaning === 'Left' || meaning === 'Right');
  return {
    RelationshipType: 'CONTAINS',
    ...container(dcm('125007', 'Measurement Group'), '1411', [
      text('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), shortText(segment.name, 64)),
      uidref('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), freshUid()),
      code('CONTAINS', sct('276214006', 'Finding category'), segment.category),
      code('CONTAINS', dcm('121071', 'Finding'), segment.type),
      {
        RelationshipType: 'CONTAINS',
        ValueType: 'IMAGE',
        ConceptNameCodeSequence: [codeItem(dcm('121191', 'Referenced Segment'))],
        ReferencedSOPSequence: [
          { ReferencedSOPClassUID: seg.sopClass, ReferencedSOPInstanceUID: seg.sopInstance, ReferencedSegmentNumber: number },
        ],
      },
      uidref('CONTAINS', dcm('121232', 'Source series for segmentation'), source.seriesUid),
      {
        ...code('HAS CONCEPT MOD', sct('363698007', 'Finding Site'), site),
        ...(side === undefined ? {} : { ContentSequence: [code('HAS CONCEPT MOD', sct('272741003', 'Laterality'), side)] }),
      },
      measurement(sct('118565006', 'Volume'), one.cubicMillimetres, { value: 'mm3', scheme: 'UCUM', meaning: 'cubic millimeter' }),
      // The numbers of other modalities have no unit that a reader could rely on.
      ...(source.modality === 'CT' && one.mean !== undefined ? [meanAttenuation(one.mean)] : []),
    ]),
  };
}

function meanAttenuation(mean: number): DicomAttributes {
  return {
    ...measurement(dcm('112031', 'Attenuation Coefficient'), mean, { value: "[hnsf'U]", scheme: 'UCUM', meaning: 'Hounsfield unit' }),
    ContentSequence: [code('HAS CONCEPT MOD', dcm('121401', 'Derivation'), sct('373098007', 'Mean'))],
  };
}

function container(concept: Code, template: string | undefined, content: readonly DicomAttributes[]): DicomAttributes {
  return {
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(concept)],
    ContinuityOfContent: 'SEPARATE',
    ...(template === undefined ? {} : { ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: template }] }),
    ContentSequence: content,
  };
}

type Relationship = 'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD';

const item = (relationship: Relationship, type: string, concept: Code): DicomAttributes => ({
  RelationshipType: relationship,
  ValueType: type,
  ConceptNameCodeSequence: [codeItem(concept)],
});

const code = (relationship: Relationship, concept: Code, value: Code): DicomAttributes => ({
  ...item(relationship, 'CODE', concept),
  ConceptCodeSequence: [codeItem(value)],
});

const text = (relationship: Relationship, concept: Code, value: string): DicomAttributes => ({
  ...item(relationship, 'TEXT', concept),
  TextValue: value,
});

const uidref = (relationship: Relationship, concept: Code, uid: string): DicomAttributes => ({
  ...item(relationship, 'UIDREF', concept),
  UID: uid,
});

const measurement = (concept: Code, value: number, unit: Code): DicomAttributes => ({
  ...item('CONTAINS', 'NUM', concept),
  MeasuredValueSequence: [{ NumericValue: decimalString(value), MeasurementUnitsCodeSequence: [codeItem(unit)] }],
});
