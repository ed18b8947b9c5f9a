import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { affineLPS, readMetaImage, readScan } from '../../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { expectMatch, references } from '../support/reference.ts';

describeWithSharedData('MetaImage against numpy', ['nrrd_mha'], () => {
  it.each(Object.entries(references(join(import.meta.dirname, 'reference.json'))))('%s', async (path, reference) => {
    expectMatch(await readScan(sharedData(path) ?? path), reference);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'tessera-mha-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const values = Int16Array.from({ length: 24 }, (_, i) => 3 * i - 7);
const bytes = new Uint8Array(values.buffer);
let count = 0;
function mha(fields: Readonly<Record<string, string>>, data: Uint8Array = bytes): string {
  const path = join(folder, `${count++}.mha`);
  const header = {
    ObjectType: 'Image',
    NDims: '3',
    DimSize: '2 3 4',
    ElementType: 'MET_SHORT',
    ElementSpacing: '1 2 3',
    Offset: '5 6 7',
    ...fields,
  };
  const file = fields['ElementDataFile'] ?? 'LOCAL';
  const lines = Object.entries(header).filter(([name]) => name !== 'ElementDataFile');
  writeFileSync(
    path,
    Buffer.concat([Buffer.from([...lines.map(([name, value]) => `${name} = ${value}\n`), `ElementDataFile = ${file}\n`].join('')), data]),
  );
  return path;
}

describe('readMetaImage', () => {
  it('takes each row of the matrix for the direction of one axis, as ITK does', async () => {
    // A quarter turn about the third axis: i runs to the back, j to the right.
    const { volume } = await readMetaImage(mha({ TransformMatrix: '0 1 0 -1 0 0 0 0 1' }));
    expect(affineLPS(volume.geometry)).toEqual([
      [0, -2, 0, 5],
      [1, 0, 0, 6],
      [0, 0, 3, 7],
    ]);
    expect(volume.voxels).toEqual(values);
  });

  it('reads zlib, big endian, text, channels, and a data file beside the header', async () => {
    const voxels = async (path: string, volumeIndex?: number): Promise<number[]> =>
      Array.from((await readMetaImage(path, volumeIndex === undefined ? {} : { volumeIndex })).volume.voxels);
    expect(await voxels(mha({ CompressedData: 'True' }, deflateSync(bytes)))).toEqual([...values]);
    expect(await voxels(mha({ BinaryDataByteOrderMSB: 'True' }, Buffer.from(bytes).swap16()))).toEqual([...values]);
    expect(await voxels(mha({ BinaryData: 'False' }, Buffer.from([...values].join('\n'))))).toEqual([...values]);
    expect(await voxels(mha({ DimSize: '2 3 2', ElementNumberOfChannels: '2' }), 0)).toEqual([...values].filter((_, i) => i % 2 === 0));
    writeFileSync(join(folder, 'beside.raw'), Buffer.concat([Buffer.alloc(10), bytes]));
    expect(await voxels(mha({ HeaderSize: '-1', ElementDataFile: 'beside.raw' }))).toEqual([...values]);
    expect(await voxels(mha({ HeaderSize: '10', ElementDataFile: 'beside.raw' }))).toEqual([...values]);
  });

  it.each([
    ['no MetaImage', { NDims: '' }, 'bad-file'],
    ['five axes', { NDims: '5' }, 'bad-file'],
    ['false sizes', { DimSize: '2 3 0' }, 'bad-file'],
    ['sizes beyond all memory', { DimSize: '100000 100000 100000' }, 'too-large'],
    ['voxels that are not there', { DimSize: '200 300 400' }, 'bad-file'],
    ['an unknown type', { ElementType: 'MET_OTHER' }, 'unsupported-file'],
    ['a data file elsewhere', { ElementDataFile: '/etc/passwd' }, 'bad-file'],
    ['a list of data files', { ElementDataFile: 'LIST' }, 'unsupported-file'],
    ['a pattern of data files', { ElementDataFile: 'slice%03d.raw 1 4 1' }, 'unsupported-file'],
    ['a matrix of another size', { TransformMatrix: '1 0 0 1' }, 'bad-file'],
    ['axes in one plane', { TransformMatrix: '1 0 0 1 0 0 0 0 1' }, 'bad-geometry'],
  ])('refuses %s', async (_what, fields, code) => {
    const path = mha(fields);
    await expect(readMetaImage(path)).rejects.toMatchObject({ name: 'TesseraError', code, subject: path });
  });
});
