import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isTesseraError } from '../../../core/base/errors.ts';
import { seededRandom } from '../../../core/base/random.ts';
import { labelsOnGrid } from '../../../core/imaging/segmentations/on-grid.ts';
import { readLabels } from '../../../core/imaging/segmentations/read-labels.ts';
import { readSourceSeries, type SourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { writeSegmentation, type SegOptions } from '../../../core/imaging/segmentations/write-seg.ts';
import { writeStructureSet } from '../../../core/imaging/segmentations/write-rtstruct.ts';
import { pointLPS, type Geometry } from '../../../core/imaging/volume.ts';
import { strewn, threeSegments } from './support/made-labels.ts';
import { makeSeries } from './support/made-series.ts';

const geometry: Geometry = {
  dims: [8, 7, 5],
  spacing: [1, 2, 3],
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

async function prepared(): Promise<{ folder: string; source: SourceSeries }> {
  const { folder } = await makeSeries(geometry);
  return { folder: dirname(folder), source: await readSourceSeries(folder) };
}

/** Bytes flipped, cut, or lengths blown up, the same for the same seed. */
function mutated(original: Uint8Array, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const below = (n: number): number => Math.floor(random.next() * n);
  const bytes = Uint8Array.from(original);
  const kind = below(4);
  if (kind === 0) return bytes.subarray(0, below(bytes.length));
  for (let n = 0; n <= below(6); n++) {
    const at = 132 + below(bytes.length - 136);
    if (kind === 1) bytes[at] = below(256);
    else if (kind === 2) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    else new DataView(bytes.buffer).setUint32(at, [0xffffffff, 0x7fffffff, 0, 0x10000][below(4)] ?? 0, true);
  }
  return bytes;
}

describe('damaged label files', () => {
  const forms: readonly (readonly [string, SegOptions | undefined])[] = [
    ['binary segmentations', { kind: 'binary' }],
    ['label maps packed by run lengths', { kind: 'labelmap', compression: 'rle' }],
    ['deflated segmentations', { compression: 'deflate' }],
    ['structure sets', undefined],
  ];

  it.each(forms)(
    '250 %s are read or refused in words, each within 5 s',
    async (_, options) => {
      const { folder, source } = await prepared();
      const labels = labelsOnGrid(strewn(source.geometry, 6), source.geometry);
      const whole = join(folder, 'whole.dcm');
      if (options === undefined) await writeStructureSet(whole, labels, source, threeSegments);
      else await writeSegmentation(whole, labels, source, threeSegments, options);
      const original = readFileSync(whole);
      const path = join(folder, 'damaged.dcm');
      let [read, refused] = [0, 0];
      for (let seed = 1; seed <= 250; seed++) {
        writeFileSync(path, mutated(original, seed));
        const started = performance.now();
        try {
          const { layers } = await readLabels(path, { scan: source });
          expect(layers.every((layer) => layer.labels.length === 280)).toBe(true);
          read++;
        } catch (error) {
          if (!isTesseraError(error)) throw new Error(`seed ${seed}`, { cause: error });
          expect(error.message.length, `seed ${seed}`).toBeGreaterThan(10);
          refused++;
        }
        if (performance.now() - started > 5000) throw new Error(`seed ${seed} took too long`);
      }
      expect(read).toBeGreaterThan(10);
      expect(refused).toBeGreaterThan(50);
    },
    60_000,
  );
});
