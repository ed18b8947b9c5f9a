import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeError } from '../../../core/base/errors.ts';
import { DicomHeaderFile, filesOf, findScans, listDicomSeries, mayBeDicom } from '../../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { ctSlice, dicomFile } from '../support/dicom-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'tessera-headers-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The files whose headers were read while `work` ran. */
async function readDuring(cache: DicomHeaderFile, work: () => Promise<unknown>): Promise<string[]> {
  const read: string[] = [];
  const set = cache.set.bind(cache);
  cache.set = (path, file) => {
    read.push(path);
    set(path, file);
  };
  await work();
  cache.set = set;
  return read;
}

describe('what DICOM headers said, kept in a file', () => {
  const folder = join(root, 'made');
  mkdirSync(folder);
  const files = [0, 1, 2, 3].map((z) => {
    const path = join(folder, `Secret Name ${z}`);
    writeFileSync(path, dicomFile(ctSlice(z)));
    return path;
  });
  writeFileSync(join(folder, 'no DICOM file'), 'text');
  const file = join(root, 'headers.json');

  it('is enough to list again without reading a file', async () => {
    const cache = await DicomHeaderFile.open(file);
    const first = await findScans([folder], undefined, cache);
    await cache.save();
    const again = await DicomHeaderFile.open(file);
    let second = first;
    expect(await readDuring(again, async () => (second = await findScans([folder], undefined, again)))).toEqual([]);
    expect(second.scans.map(({ name, path, modality }) => [name, path, modality])).toEqual(
      first.scans.map(({ name, path, modality }) => [name, path, modality]),
    );
    expect(second.scans).toHaveLength(1);
  });

  it('counts no more for a file that has changed', async () => {
    const changed = files[1] ?? '';
    utimesSync(changed, new Date(), new Date(1e12));
    const cache = await DicomHeaderFile.open(file);
    expect(await readDuring(cache, () => findScans([folder], undefined, cache))).toEqual([changed]);
  });

  it('holds no path and no name of a patient', () => {
    expect(readFileSync(file, 'utf8')).not.toMatch(/secret|made/i);
  });

  it('counts as none when it is damaged, and is written anew', async () => {
    for (const text of [
      '{',
      '{"schema":"tessera-dicom-headers/1","files":{"a":{"state":1}}}',
      '[]',
      '{"schema":"tessera-dicom-headers/0","files":{}}',
    ]) {
      writeFileSync(file, text);
      const cache = await DicomHeaderFile.open(file);
      expect(await readDuring(cache, () => findScans([folder], undefined, cache))).toHaveLength(5);
      await cache.save();
      expect((JSON.parse(readFileSync(file, 'utf8')) as { files: object }).files).not.toEqual({});
    }
  });
});

describeWithSharedData('headers of every kind', ['dicom_series', 'dicom_odd', 'dicom_seg_rt', 'dicom_broken_made'], () => {
  it.each(['dicom_series', 'dicom_odd', 'dicom_seg_rt', 'dicom_broken_made'])('come back as they were: %s', async (name) => {
    const files = (await filesOf(sharedData(name) ?? '')).filter(mayBeDicom);
    const path = join(root, `${name}.json`);
    const cache = await DicomHeaderFile.open(path);
    const first = await listDicomSeries(files, undefined, cache);
    await cache.save();
    const again = await DicomHeaderFile.open(path);
    let second = first;
    expect(await readDuring(again, async () => (second = await listDicomSeries(files, undefined, again)))).toEqual([]);
    // The causes of errors are not kept.
    const told = ({ damaged, ...rest }: typeof first): unknown => ({ ...rest, damaged: damaged.map(describeError) });
    expect(told(second)).toEqual(told(first));
  });
});
