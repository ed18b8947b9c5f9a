import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentTask } from '../../../core/base/task.ts';
import { deidentifyFolder, loadDictionary, REPORT_NAME, type DeidentifyOptions } from '../../../core/imaging/deidentify/index.ts';
import { readDicomObject } from '../../../core/imaging/deidentify/dicom-object.ts';
import type { DicomElement } from '../../../core/imaging/deidentify/element.ts';
import { readDicom } from '../../../core/imaging/index.ts';
import { dciodvfy, describeWithJudges, pydicom } from '../../support/judges.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { cli, errorOf, json } from '../../cli/support.ts';
import { identifyingFile } from './support/identifying-file.ts';
import { element, plainFile } from './support/plain-writer.ts';

const OPTIONS: DeidentifyOptions = { keepDatesShifted: false, keepPrivateSafe: false, cleanDescriptors: false, skipBurnedIn: false };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-deidentify-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const filesBelow = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const dicomFilesBelow = (path: string): string[] => filesBelow(path).filter((file) => file.endsWith('.dcm'));

/** A folder tree whose names give the patient away, with a file that is no DICOM file. */
function namedTree(): { source: string; planted: readonly Buffer[] } {
  const source = join(folder, 'Quastenflosser Herbert');
  mkdirSync(join(source, 'CT 2023-05-17', 'a'), { recursive: true });
  const { bytes, planted } = identifyingFile('explicit', 'latin-1');
  writeFileSync(join(source, 'CT 2023-05-17', 'a', 'HK-7734-921.dcm'), bytes);
  writeFileSync(join(source, 'CT 2023-05-17', 'again'), bytes);
  writeFileSync(join(source, 'letter to Quastenflosser.txt'), 'Dear Mr Quastenflosser');
  return { source, planted: planted.map((one) => one.bytes) };
}

describe('deidentify on the command line', () => {
  it('writes whole folders under new names, and a report without values', async () => {
    const { source, planted } = namedTree();
    const out = join(folder, 'out');
    const result = await cli(['deidentify', source, '--out', out, '--key', join(folder, 'key'), '--json']);
    expect(result.status).toBe(0);
    expect(json(result)).toMatchObject({
      files: { written: 1, duplicate: 1, notDicom: 1, failed: 0 },
      patients: 1,
      key: 'file',
      failed: [],
    });
    const files = filesBelow(out);
    expect(files).toHaveLength(2);
    const everything = Buffer.concat([...files.map((file) => readFileSync(file)), Buffer.from(files.join('\n'))]);
    expect(planted.filter((bytes) => everything.includes(bytes))).toEqual([]);
    expect(everything.includes('Quastenflosser')).toBe(false);
    const report = JSON.parse(readFileSync(join(out, REPORT_NAME), 'utf8')) as {
      actions: { attribute: string; action: string; count: number }[];
    };
    expect(report.actions).toContainEqual({ attribute: 'PatientBirthDate', action: 'empty', count: 1 });
    expect(report.actions).toContainEqual({ attribute: 'private', action: 'remove-private', count: 4 });
    expect(report.actions).toContainEqual({ attribute: 'ConvolutionKernel', action: 'repeat', count: 1 });
  });

  it('gives the same bytes in another run with the same key, and says so', async () => {
    const { source } = namedTree();
    const [out, key] = [join(folder, 'out'), join(folder, 'key')];
    await cli(['deidentify', source, '--out', out, '--key', key]);
    expect(statSync(key).mode & 0o077).toBe(0);
    const first = dicomFilesBelow(out).map((file) => [file, readFileSync(file).toString('base64')]);
    const again = await cli(['deidentify', source, '--out', out, '--key', key, '--json']);
    expect(json(again)).toMatchObject({ files: { written: 0, alreadyThere: 1 } });
    expect(dicomFilesBelow(out).map((file) => [file, readFileSync(file).toString('base64')])).toEqual(first);
    const other = await cli(['deidentify', source, '--out', out, '--key', key, '--keep-dates-shifted', '--json']);
    expect(other.status).toBe(1);
    expect(errorOf(other).code).toBe('bad-setting');
  });

  it('refuses folders in one another, a key among the results, a key that is none, a folder without DICOM', async () => {
    const { source } = namedTree();
    expect((await cli(['deidentify', source, '--out', join(source, 'out')])).status).toBe(2);
    expect((await cli(['deidentify', source, '--out', folder])).status).toBe(2);
    expect((await cli(['deidentify', source, '--out', join(folder, 'out'), '--key', join(folder, 'out', 'key')])).status).toBe(2);
    writeFileSync(join(folder, 'no-key'), 'secret');
    const noKey = await cli(['deidentify', source, '--out', join(folder, 'out'), '--key', join(folder, 'no-key'), '--json']);
    expect(noKey.status).toBe(1);
    expect(errorOf(noKey).code).toBe('bad-file');
    mkdirSync(join(folder, 'empty'));
    const empty = await cli(['deidentify', join(folder, 'empty'), '--out', join(folder, 'out'), '--json']);
    expect(errorOf(empty).code).toBe('no-data');
    expect(errorOf(await cli(['deidentify', join(folder, 'nowhere'), '--out', join(folder, 'out'), '--json'])).code).toBe('not-found');
    expect(readdirSync(folder)).not.toContain('out');
  });
});

describe('files that cannot be made safe', () => {
  const one = (bytes: Uint8Array, options = OPTIONS): ReturnType<typeof deidentifyFolder> => {
    mkdirSync(join(folder, 'in'), { recursive: true });
    writeFileSync(join(folder, 'in', 'file'), bytes);
    return deidentifyFolder(join(folder, 'in'), join(folder, 'out'), options, silentTask);
  };
  const image = [
    element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
    element(0x00080060, 'CS', 'OT'),
    element(0x00100010, 'PN', 'Holunder^Rosa'),
  ];

  it('an identifier within compressed pixels: nothing is written, the file is named', async () => {
    const pixels = element(0x7fe00010, 'OB', Buffer.from('\xff\xd8\xff\xfe\x00\x10Holunder^Rosa..\xff\xd9', 'latin1'));
    const { failures, report } = await one(plainFile('', [], [...image, pixels], 'compressed'));
    expect(failures.map(({ code, subject }) => [code, subject])).toEqual([['unsupported-file', join(folder, 'in', 'file')]]);
    expect(report.files).toMatchObject({ written: 0, failed: 1 });
    expect(dicomFilesBelow(join(folder, 'out'))).toEqual([]);
  });

  it.each([
    ['cut short', (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 20)],
    [
      'with an element longer than the file',
      (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.from([0xe0, 0x7f, 0x20, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0, 0])]),
    ],
    [
      'with sequences nested 20,000 deep',
      (bytes: Buffer): Buffer => {
        const nest = Buffer.from([
          0x40, 0, 0x30, 0xa7, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff,
        ]);
        return Buffer.concat([bytes, ...Array.from({ length: 20_000 }, () => nest)]);
      },
    ],
  ])('damaged: %s', async (_, damage) => {
    const pixels = element(0x7fe00010, 'OW', new Uint8Array(64));
    const { failures } = await one(damage(plainFile('', [], [...image, pixels], 'explicit')));
    expect(failures.map(({ code }) => code)).toEqual(['bad-file']);
  });

  it.each([
    ['a directory of a medium', '1.2.840.10008.1.3.10'],
    ['a PDF', '1.2.840.10008.5.1.4.1.1.104.1'],
  ])('%s', async (_, sopClass) => {
    const { failures } = await one(plainFile('', [], [element(0x00080016, 'UI', sopClass), element(0x00100010, 'PN', 'A^B')], 'explicit'));
    expect(failures.map(({ code }) => code)).toEqual(['unsupported-file']);
  });

  it('pictures that may have text in them are told, and left out on request', async () => {
    const bytes = plainFile('', [], [...image, element(0x7fe00010, 'OW', new Uint8Array(64))], 'explicit');
    const { report } = await one(bytes);
    expect(report.risks.map(({ risk, files }) => [risk, files.length])).toEqual([['burned-in-text', 1]]);
    rmSync(join(folder, 'out'), { recursive: true });
    const { report: other } = await one(bytes, { ...OPTIONS, skipBurnedIn: true });
    expect(other.files).toMatchObject({ written: 0, atRisk: 1 });
    expect(dicomFilesBelow(join(folder, 'out'))).toEqual([]);
  });
});

/** Elements of a file by tag, at the top. */
async function elementsOf(path: string): Promise<ReadonlyMap<number, DicomElement>> {
  const object = readDicomObject(readFileSync(path), path, await loadDictionary());
  return new Map((object?.elements ?? []).map((one) => [one.tag, one]));
}

const pixelHashes = async (paths: readonly string[]): Promise<string[]> =>
  (await Promise.all(paths.map(elementsOf)))
    .map((elements) => elements.get(0x7fe00010))
    .map((pixels) => (pixels === undefined || 'items' in pixels ? '' : Buffer.from(pixels.bytes).toString('base64')))
    .sort();

describeWithSharedData(
  'real scans',
  ['dicom_series', 'dicom_transfer_syntaxes', 'dicom_seg_rt', 'dicom_odd', 'ct_totalsegmentator'],
  () => {
    const shared = (path: string): string => sharedData(path) ?? '';

    it('have the same voxels in the same place afterwards', async () => {
      const source = shared('dicom_series/ct_head_64x64x93');
      await deidentifyFolder(source, folder, OPTIONS, silentTask);
      const [before, after] = await Promise.all([readDicom(source), readDicom(folder)]);
      expect(after.volume.geometry).toEqual(before.volume.geometry);
      expect(Buffer.from(after.volume.voxels.buffer).equals(Buffer.from(before.volume.voxels.buffer))).toBe(true);
    });

    it('keep their geometry where a converter wrote it as of unknown type', async () => {
      const source = shared('ct_totalsegmentator/ct_dicom_20slices/dicom');
      await deidentifyFolder(source, folder, OPTIONS, silentTask);
      const [before, after] = await Promise.all([readDicom(source), readDicom(folder)]);
      expect(after.volume.geometry).toEqual(before.volume.geometry);
    });

    it('have the same pixel bytes in eleven encodings, big endian and compressed ones too', async () => {
      const source = shared('dicom_transfer_syntaxes/ct_one_slice');
      const { report } = await deidentifyFolder(source, folder, OPTIONS, silentTask);
      expect(report.files).toMatchObject({ written: 11, failed: 0 });
      expect(await pixelHashes(dicomFilesBelow(folder))).toEqual(await pixelHashes(filesBelow(source)));
    });

    it('that are mosaics are told: nothing can take them apart afterwards', async () => {
      const { report } = await deidentifyFolder(shared('dicom_transfer_syntaxes/mr_mosaic/1.dcm'), folder, OPTIONS, silentTask);
      expect(report.risks.map(({ risk }) => risk)).toContain('mosaic');
    });

    it('keep their references: segmentations point at the new slices', async () => {
      cpSync(shared('dicom_seg_rt/liver_ct'), join(folder, 'in'), { recursive: true });
      await deidentifyFolder(join(folder, 'in'), join(folder, 'out'), { ...OPTIONS, cleanDescriptors: true }, silentTask);
      const paths = dicomFilesBelow(join(folder, 'out'));
      const texts = paths.map((path) => readFileSync(path).toString('latin1'));
      const uidOf = (text: string): string => /\x08\x00\x18\x00UI..(2\.25\.\d+)/s.exec(text)?.[1] ?? '';
      const slices = texts.filter((text) => text.includes('1.2.840.10008.5.1.4.1.1.2\0')).map(uidOf);
      const segmentations = texts.filter((text) => text.includes('\x08\x00\x16\x00UI\x1c\x001.2.840.10008.5.1.4.1.1.66.4'));
      expect(slices.length).toBeGreaterThanOrEqual(3);
      expect(segmentations.length).toBeGreaterThanOrEqual(2);
      for (const text of segmentations) expect(slices.filter((uid) => text.includes(uid)).length).toBeGreaterThanOrEqual(1);
    });

    it('of odd form are written or refused with a reason, and never end the program', async () => {
      const { report, failures } = await deidentifyFolder(shared('dicom_odd'), folder, { ...OPTIONS, keepPrivateSafe: true }, silentTask);
      expect(report.files.written).toBeGreaterThan(150);
      expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['bad-file', 'unsupported-file']));
      expect(failures.every(({ subject }) => subject !== undefined)).toBe(true);
      expect(dicomFilesBelow(folder)).toHaveLength(report.files.written);
    });
  },
);

describeWithSharedData('by an outside judge', ['dicom_transfer_syntaxes', 'dicom_series', 'dicom_seg_rt'], () => {
  describeWithJudges('dciodvfy', ['dciodvfy'], () => {
    it.each(['dicom_transfer_syntaxes/ct_one_slice', 'dicom_series/mr_siemens_enhanced_xa10'])(
      'finds no error that was not there: %s',
      async (path) => {
        const source = sharedData(path) ?? '';
        const first = filesBelow(source).find((file) => !file.endsWith('SHA256SUMS')) ?? '';
        await deidentifyFolder(first, folder, OPTIONS, silentTask);
        const [after] = dicomFilesBelow(folder);
        const before = new Set(dciodvfy(first).errors);
        expect(dciodvfy(after ?? '').errors.filter((error) => !before.has(error))).toEqual([]);
      },
    );
  });

  describeWithJudges('pydicom', ['pydicom'], () => {
    it('reads every file and finds no name, date, private attribute or UID of the source in it', async () => {
      const { report } = await deidentifyFolder(sharedData('dicom_seg_rt') ?? '', folder, OPTIONS, silentTask);
      const left = pydicom(
        `
left = []
kinds = ('2.25.', '1.2.840.10008.')
def look(data_set, e):
    value = str(e.value)
    name = e.VR == 'PN' and value not in ('', 'ANONYMOUS') and not value.startswith('ANON-')
    date = e.VR in ('DA', 'DT') and value not in ('', 'None') and not value.startswith('19000101')
    uid = e.VR == 'UI' and e.keyword.endswith('InstanceUID') and not value.startswith(kinds)
    if name or date or uid or e.tag.is_private: left.append(str(e.tag) + value)
for path in sys.argv[1:]: pydicom.dcmread(path).walk(look)
print(json.dumps(left))`,
        ...dicomFilesBelow(folder),
      );
      expect(report.files.written).toBe(34);
      expect(left).toEqual([]);
    });
  });
});
