import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { labelsOnGrid } from '../../../core/imaging/segmentations/on-grid.ts';
import { readSourceSeries, type SourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { writeSegmentation, type SegOptions } from '../../../core/imaging/segmentations/write-seg.ts';
import { pointLPS, type Volume } from '../../../core/imaging/volume.ts';
import { dciodvfy, describeWithJudges, outputOf, pydicom } from '../../support/judges.ts';
import { strewn, threeSegments, turned } from './support/made-labels.ts';
import { makeSeries } from './support/made-series.ts';

const geometry = {
  dims: [9, 7, 5],
  spacing: [0.75, 1.25, 2.5],
  origin: pointLPS(-31.5, 12, -140.25),
  direction: turned([0.3, -0.2, 0.5]),
} as const;

async function written(
  options: SegOptions,
): Promise<{ path: string; labels: Volume; source: SourceSeries; sopInstances: readonly string[] }> {
  const { folder, sopInstances } = await makeSeries(geometry);
  const source = await readSourceSeries(folder);
  const labels = strewn(source.geometry, 77);
  const path = join(dirname(folder), 'labels.dcm');
  await writeSegmentation(path, labelsOnGrid(labels, source.geometry), source, threeSegments, options);
  return { path, labels, source, sopInstances };
}

describeWithJudges('a written segmentation before dciodvfy', ['dciodvfy'], () => {
  it('has no error as a binary one', async () => {
    const { path } = await written({});
    expect(dciodvfy(path)).toEqual({ errors: [], lines: ['Segmentation'] });
  });

  it('has no error as a label map but those of a judge from before label maps', async () => {
    const { path } = await written({ kind: 'labelmap' });
    const errors = dciodvfy(path).errors.filter((line) => !/Information Object Not found|SegmentNumber not monotonically/.test(line));
    expect(errors).toEqual([]);
  });
});

/** Prints the frames by slice: [segment or −1, SOP instance of the source, position, indices of pixels with their values]. */
const frames = `
d = pydicom.dcmread(sys.argv[1])
a = d.pixel_array.reshape(int(d.NumberOfFrames), -1)
out = []
for f, g in zip(a, d.PerFrameFunctionalGroupsSequence):
    s = g.SegmentIdentificationSequence[0].ReferencedSegmentNumber if 'SegmentIdentificationSequence' in g else -1
    src = g.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
    out.append([int(s), str(src), [float(v) for v in g.PlanePositionSequence[0].ImagePositionPatient], f.tolist()])
print(json.dumps(dict(frames=out, names=[str(s.SegmentLabel) for s in d.SegmentSequence], patient=str(d.PatientName), uid=str(d.SOPInstanceUID),
  codes=[[s.SegmentedPropertyTypeCodeSequence[0].CodeValue, s.SegmentedPropertyTypeCodeSequence[0].CodingSchemeDesignator] for s in d.SegmentSequence])))
`;

interface Frames {
  readonly frames: readonly (readonly [number, string, readonly number[], readonly number[]])[];
  readonly names: readonly string[];
  readonly codes: readonly (readonly [string, string])[];
  readonly patient: string;
  readonly uid: string;
}

describeWithJudges('a written segmentation before pydicom', ['pydicom'], () => {
  it.each<SegOptions>([{}, { compression: 'deflate' }, { kind: 'labelmap' }, { kind: 'labelmap', compression: 'rle' }])(
    'has every voxel in its place: %o',
    async (options) => {
      const { path, labels, source, sopInstances } = await written(options);
      const read = pydicom(frames, path) as Frames;
      const values = [1, 2, 7];
      const rebuilt = new Uint8Array(labels.voxels.length);
      for (const [segment, sopInstance, position, pixels] of read.frames) {
        // The place of a frame and the image it points at must tell the same slice.
        const k = sopInstances.indexOf(sopInstance);
        source.slices[k]?.position.forEach((value, axis) => expect(position[axis]).toBeCloseTo(value, 6));
        pixels.forEach((pixel, i) => {
          if (pixel !== 0) rebuilt[i + 63 * k] = segment === -1 ? pixel : (values[segment - 1] ?? 0);
        });
      }
      expect(rebuilt).toEqual(labels.voxels);
      expect(read.names.slice(-3)).toEqual(['liver', 'left kidney', 'spleen']);
      expect(read.codes.slice(-3)).toEqual([
        ['10200004', 'SCT'],
        ['64033007', 'SCT'],
        ['78961009', 'SCT'],
      ]);
      expect(read.patient).toBe('Secret^Søren');
      expect(read.uid).toMatch(/^2\.25\.\d{30,39}$/);
    },
  );
});

describeWithJudges('a written segmentation before dcmtk', ['dcmdump'], () => {
  it.each<SegOptions>([{}, { compression: 'deflate' }, { kind: 'labelmap' }, { kind: 'labelmap', compression: 'rle' }])(
    'is read without a complaint, and its pixels are the labels: %o',
    async (options) => {
      const { path, labels } = await written(options);
      const plain = join(dirname(path), 'plain.dcm');
      // dcmtk unpacks run lengths itself; the other forms it reads as they are.
      const unpacked = options.compression === 'rle' ? (outputOf('dcmdrle', [path, plain]), plain) : path;
      const folder = mkdtempSync(join(dirname(path), 'raw-'));
      const { stderr, stdout } = spawnSync('dcmdump', ['-q', '+W', folder, unpacked], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout).toContain('[left kidney]');
      const [raw = ''] = readdirSync(folder);
      expect([...pixelsIn(readFileSync(join(folder, raw)), options.kind === 'labelmap')]).toEqual([...expectedFrames(labels, options)]);
    },
  );
});

/** The pixels of a raw file: bytes, or bits from the lowest on. */
function pixelsIn(raw: Uint8Array, bytes: boolean): Uint8Array {
  const all = bytes ? raw : Uint8Array.from({ length: raw.length * 8 }, (_, i) => ((raw[i >> 3] ?? 0) >> (i & 7)) & 1);
  return all.subarray(0, all.length - (all.length % 63));
}

/** Every slice of the label map has all three labels. */
function expectedFrames({ voxels }: Volume, { kind }: SegOptions): Uint8Array {
  return kind === 'labelmap'
    ? Uint8Array.from(voxels)
    : Uint8Array.from([1, 2, 7].flatMap((value) => Array.from(voxels, (v) => (v === value ? 1 : 0))));
}

describeWithJudges('a patient’s name that is longer than DICOM allows', ['pydicom'], () => {
  it('is repeated as it is, and breaks nothing', async () => {
    const patientName = `${'Very'.repeat(30)}^Long`;
    const { folder } = await makeSeries(geometry, { patientName });
    const source = await readSourceSeries(folder);
    const path = join(dirname(folder), 'labels.dcm');
    await writeSegmentation(path, labelsOnGrid(strewn(source.geometry, 7), source.geometry), source, threeSegments);
    expect(pydicom('print(json.dumps(str(pydicom.dcmread(sys.argv[1]).PatientName)))', path)).toBe(patientName);
  });
});
