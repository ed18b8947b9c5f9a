import { join } from 'node:path';
import { expect, it } from 'vitest';
import { evaluateCase } from '../../core/evaluation/index.ts';
import { checkLabels, readScan, type Triple } from '../../core/imaging/index.ts';
import expected from './fixtures/reference-samples.json' with { type: 'json' };
import { fill } from './made-masks.ts';

const folder = join(import.meta.dirname, '..', '..', 'resources', 'samples', 'hippocampus', 'labels');

it.each(expected.rows)('$file, label $label, against itself moved by $shift', async (row) => {
  const { volume } = await readScan(join(folder, row.file));
  const { geometry } = volume;
  const [nx, ny, nz] = geometry.dims;
  const { labels } = checkLabels(volume, undefined);
  const [x, y, z] = row.shift as unknown as Triple;
  const moved = fill(geometry.dims, (i, j, k) => {
    const [p, q, r] = [i - x, j - y, k - z];
    return p >= 0 && q >= 0 && r >= 0 && p < nx && q < ny && r < nz && labels[p + nx * (q + ny * r)] === row.label;
  });
  const only = fill(geometry.dims, (i, j, k) => labels[i + nx * (j + ny * k)] === row.label);
  expected.tolerances.forEach((tolerance, t) => {
    const [found] = evaluateCase({
      case: row.file,
      reference: only,
      prediction: moved,
      geometry,
      segments: [{ label: 1, name: 'hippocampus' }],
      tolerance,
    }).segments;
    expect(found?.surfaceDice).toBeCloseTo(row.surfaceDice[t] ?? NaN, 10);
    expect(found?.dice).toBeCloseTo(row.dice, 12);
    expect(found?.hd95).toBeCloseTo(row.hd95, 5);
    expect(found?.meanSurfaceDistance).toBeCloseTo(row.meanSurfaceDistance, 5);
    expect(found?.referenceMl).toBeCloseTo(row.referenceMl, 6);
    expect(found?.predictionMl).toBeCloseTo(row.predictionMl, 6);
  });
});
