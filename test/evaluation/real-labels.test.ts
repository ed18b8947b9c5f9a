import { expect, it } from 'vitest';
import { evaluateCase, type CaseEvaluation } from '../../core/evaluation/index.ts';
import { checkLabels, readScan } from '../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import expected from './fixtures/reference-real.json' with { type: 'json' };
import reference from './fixtures/reference.json' with { type: 'json' };

const files = ['labels_total.nii.gz', 'labels_total_fast.nii.gz'].map((name) => `${expected.folder}/${name}`);

describeWithSharedData('two label maps of a real abdominal CT against SciPy', files, () => {
  async function evaluate(tolerance: number): Promise<CaseEvaluation> {
    const [a, b] = await Promise.all(files.map(async (file) => (await readScan(sharedData(file) ?? file)).volume));
    if (a === undefined || b === undefined) throw new Error('two label maps are expected');
    return evaluateCase({
      case: 'abdomen',
      reference: checkLabels(a, undefined).labels,
      prediction: checkLabels(b, a.geometry).labels,
      geometry: a.geometry,
      segments: expected.segments.map(({ label }) => ({ label, name: `structure ${label}` })),
      tolerance,
    });
  }

  it('agree for each of the 41 structures, the one that was missed included', async () => {
    const { segments } = await evaluate(3);
    const t = reference.tolerances.indexOf(3);
    expect(segments).toHaveLength(41);
    segments.forEach((found, n) => {
      const row = expected.segments[n];
      expect(found.dice).toBeCloseTo(row?.dice ?? NaN, 12);
      expect(found.surfaceDice).toBeCloseTo(row?.surfaceDice[t] ?? NaN, 10);
      expect(found.referenceMl).toBeCloseTo(row?.referenceMl ?? NaN, 3);
      expect(found.predictionMl).toBeCloseTo(row?.predictionMl ?? NaN, 3);
      if (row?.hd95 === null) expect(found).toMatchObject({ outcome: 'missed', hd95: null, meanSurfaceDistance: null });
      else {
        expect(found.hd95).toBeCloseTo(row?.hd95 ?? NaN, 4);
        expect(found.meanSurfaceDistance).toBeCloseTo(row?.meanSurfaceDistance ?? NaN, 4);
      }
    });
    expect(segments.filter(({ outcome }) => outcome === 'missed')).toHaveLength(1);
  });
});
