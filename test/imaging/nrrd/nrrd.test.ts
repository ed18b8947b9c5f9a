import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { affineLPS, readNrrd } from '../../../core/imaging/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'tessera-nrrd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function nrrd(lines: readonly string[], data: Uint8Array = new Uint8Array(0), name = `${count++}.nrrd`): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([Buffer.from(`NRRD0005\n${lines.join('\n')}\n\n`), data]));
  return path;
}

const small = ['type: short', 'dimension: 3', 'sizes: 2 3 4', 'endian: little', 'encoding: raw'];
const upright = ['space: left-posterior-superior', 'space directions: (1,0,0) (0,2,0) (0,0,3)', 'space origin: (5,6,7)'];
const values = Int16Array.from({ length: 24 }, (_, i) => i - 7);
const bytes = new Uint8Array(values.buffer);

describe('readNrrd', () => {
  it('turns spaces into left, posterior, superior', async () => {
    const turned = {
      'left-posterior-superior': [1, 1],
      'right-anterior-superior': [-1, -1],
      RAS: [-1, -1],
      'left-anterior-superior': [1, -1],
    };
    for (const [space, [x = 1, y = 1]] of Object.entries(turned)) {
      const path = nrrd([...small, `space: ${space}`, ...upright.slice(1)], bytes);
      const { volume, findings } = await readNrrd(path);
      expect(affineLPS(volume.geometry)).toEqual([
        [x, expect.closeTo(0), expect.closeTo(0), 5 * x],
        [expect.closeTo(0), 2 * y, expect.closeTo(0), 6 * y],
        [expect.closeTo(0), expect.closeTo(0), 3, 7],
      ]);
      expect(findings).toEqual([]);
    }
  });

  it('reads big endian, and text', async () => {
    const swapped = Buffer.from(bytes).swap16();
    const big = nrrd(['type: short', 'dimension: 3', 'sizes: 2 3 4', 'endian: big', 'encoding: raw', ...upright], swapped);
    expect((await readNrrd(big)).volume.voxels).toEqual(values);
    const text = nrrd(['type: short', 'dimension: 3', 'sizes: 2 3 4', 'encoding: ascii', ...upright], Buffer.from([...values].join(' ')));
    expect((await readNrrd(text)).volume.voxels).toEqual(values);
  });

  it('takes axes that are not in space for volumes, wherever they stand', async () => {
    const size = (sizes: string, directions: string): string[] => [
      'type: short',
      'dimension: 4',
      `sizes: ${sizes}`,
      'endian: little',
      'encoding: gzip',
      'space: LPS',
      `space directions: ${directions}`,
      'space origin: (0,0,0)',
    ];
    const packed = gzipSync(bytes);
    const first = nrrd(size('2 2 3 2', 'none (1,0,0) (0,1,0) (0,0,1)'), packed);
    await expect(readNrrd(first)).rejects.toMatchObject({ code: 'bad-setting' });
    const { volume, header } = await readNrrd(first, { volumeIndex: 1 });
    expect(volume.geometry.dims).toEqual([2, 3, 2]);
    expect(header.volumes).toBe(2);
    expect([...volume.voxels]).toEqual([...values].filter((_, i) => i % 2 === 1));
    const last = nrrd(size('2 3 2 2', '(1,0,0) (0,1,0) (0,0,1) none'), packed);
    expect([...(await readNrrd(last, { volumeIndex: 1 })).volume.voxels]).toEqual([...values].slice(12));
  });

  it('reads a data file beside the header, and no other', async () => {
    writeFileSync(join(folder, 'beside.raw'), bytes);
    expect((await readNrrd(nrrd([...small, ...upright, 'data file: beside.raw'], undefined, 'detached.nhdr'))).volume.voxels).toEqual(
      values,
    );
    for (const name of ['/etc/passwd', '../secret.raw', 'a/../../secret.raw', 'C:\\windows\\system.ini', '..\\secret.raw']) {
      await expect(readNrrd(nrrd([...small, ...upright, `data file: ${name}`])), name).rejects.toMatchObject({ code: 'bad-file' });
    }
    await expect(readNrrd(nrrd([...small, ...upright, 'data file: absent.raw']))).rejects.toMatchObject({ code: 'not-found' });
    await expect(readNrrd(nrrd([...small, ...upright, 'data file: LIST']))).rejects.toMatchObject({ code: 'unsupported-file' });
  });

  it.each([
    ['an empty header', [], 'bad-file'],
    ['false sizes', ['type: short', 'dimension: 3', 'sizes: 2 -3 4', 'encoding: raw'], 'bad-file'],
    ['too few sizes', ['type: short', 'dimension: 3', 'sizes: 2 3', 'encoding: raw'], 'bad-file'],
    ['voxels that are not there', [...small.slice(0, 2), 'sizes: 2000 2000 200', ...small.slice(3), ...upright], 'bad-file'],
    ['sizes beyond all memory', [...small.slice(0, 2), 'sizes: 100000 100000 100000', ...small.slice(3), ...upright], 'too-large'],
    ['an unknown type', ['type: block', ...small.slice(1), ...upright], 'unsupported-file'],
    ['an unknown encoding', [...small.slice(0, 4), 'encoding: zstd', ...upright], 'unsupported-file'],
    ['colours', [...small, 'kinds: RGB-color domain domain', ...upright], 'unsupported-file'],
    [
      'axes in one plane',
      [...small, upright[0] ?? '', 'space directions: (1,0,0) (0,1,0) (1,1,0)', 'space origin: (0,0,0)'],
      'bad-geometry',
    ],
    ['vectors of words', [...small, upright[0] ?? '', 'space directions: (a,b,c) (0,1,0) (0,0,1)'], 'bad-geometry'],
  ])('refuses %s', async (_what, lines, code) => {
    const path = nrrd(lines, bytes);
    await expect(readNrrd(path)).rejects.toMatchObject({ name: 'TesseraError', code, subject: path });
  });

  it('refuses packed data that are cut short, damaged, or unpack to far more than the header says', async () => {
    const lines = [...small.slice(0, 4), 'encoding: gzip', ...upright];
    const packed = gzipSync(bytes);
    const broken = [
      packed.subarray(0, 20),
      Buffer.concat([packed.subarray(0, 30), Buffer.from('xx'), packed.subarray(32)]),
      gzipSync(Buffer.alloc(64e6)),
    ];
    for (const data of broken) await expect(readNrrd(nrrd(lines, data))).rejects.toMatchObject({ code: 'bad-file' });
    const bzip2 = [...small.slice(0, 4), 'encoding: bzip2', ...upright];
    for (const data of [Buffer.from('BZh9'), Buffer.from('BZh91AY&SYxxxxxxxxxxxxxxxxxxxxxxxx'), bytes])
      await expect(readNrrd(nrrd(bzip2, data))).rejects.toMatchObject({ code: 'bad-file' });
  });
});
