import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orientationCode, readScan, reorient, writeNifti, type Volume } from '../../core/imaging/index.ts';
import { cli, errorOf, json, samples, temporaryFolder } from './support.ts';

interface Scores {
  readonly case: string;
  readonly segments: readonly {
    readonly label: number;
    readonly name: string;
    readonly outcome: string;
    readonly dice: number | null;
    readonly hd95: number | null;
    readonly referenceMl: number;
    readonly predictionMl: number;
  }[];
}

let work: string;
let reference: string;
let shifted: string;
const names = readdirSync(join(samples, 'labels')).sort().slice(0, 6);

/** The label map one voxel further along i. */
function shift(volume: Volume): Volume {
  const { dims } = volume.geometry;
  const voxels = volume.voxels.slice();
  voxels.forEach((_, v) => (voxels[v] = v % dims[0] === 0 ? 0 : (volume.voxels[v - 1] ?? 0)));
  return { ...volume, voxels };
}

beforeAll(async () => {
  work = temporaryFolder();
  reference = join(work, 'reference');
  shifted = join(work, 'shifted');
  mkdirSync(join(reference, 'labels'), { recursive: true });
  cpSync(join(samples, 'labels.json'), join(reference, 'labels.json'));
  for (const name of names) {
    cpSync(join(samples, 'labels', name), join(reference, 'labels', name));
    await writeNifti(join(shifted, name), shift((await readScan(join(samples, 'labels', name))).volume));
  }
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('evaluate', () => {
  it('scores maps against themselves as perfect', async () => {
    const result = await cli(['evaluate', '--reference', reference, '--prediction', join(reference, 'labels'), '--json']);
    expect(result.status).toBe(0);
    for (const { segments } of (json(result) as { cases: Scores[] }).cases) {
      expect(segments.map(({ name }) => name)).toEqual(['anterior', 'posterior']);
      for (const s of segments) expect(s).toMatchObject({ dice: 1, hd95: 0, outcome: 'found', referenceMl: s.predictionMl });
    }
  });

  it('scores a shifted map as counted by hand, and writes JSON and CSV', async () => {
    const out = join(work, 'shifted.json');
    const result = await cli(['evaluate', '--reference', reference, '--prediction', shifted, '--out', out, '--json']);
    const { cases } = json(result) as { cases: Scores[] };
    const name = names[0] ?? '';
    const a = (await readScan(join(reference, 'labels', name))).volume.voxels;
    const b = (await readScan(join(shifted, name))).volume.voxels;
    for (const { label, dice, hd95 } of cases[0]?.segments ?? []) {
      let [both, sum] = [0, 0];
      a.forEach((value, v) => {
        both += Number(value === label && b[v] === label);
        sum += Number(value === label) + Number(b[v] === label);
      });
      expect(dice).toBeCloseTo((2 * both) / sum, 12);
      expect(hd95).toBe(1);
    }
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ schema: 'tessera-evaluation/1', cases });
    const csv = join(work, 'shifted.csv');
    expect((await cli(['evaluate', '--reference', reference, '--prediction', shifted, '--out', csv])).status).toBe(0);
    expect(readFileSync(csv, 'utf8').trim().split('\r\n')).toHaveLength(1 + 2 * names.length);
  });

  it('turns a prediction with its axes in another order, exactly', async () => {
    const turned = join(work, 'turned');
    for (const name of names) {
      const { volume } = await readScan(join(shifted, name));
      const other = reorient(volume, 'PIR').volume;
      expect(orientationCode(other.geometry)).toBe('PIR');
      await writeNifti(join(turned, name), other);
    }
    const scores = async (folder: string) =>
      (json(await cli(['evaluate', '--reference', reference, '--prediction', folder, '--json'])) as { cases: Scores[] }).cases;
    expect(await scores(turned)).toEqual(await scores(shifted));
  });

  it('refuses another grid and names both files', async () => {
    const other = join(work, 'other-grid');
    const [first = '', second = ''] = names;
    mkdirSync(other);
    cpSync(join(samples, 'labels', second), join(other, first));
    const result = await cli(['evaluate', '--reference', reference, '--prediction', other, '--json']);
    expect(result.status).toBe(1);
    const error = errorOf(result);
    expect(error).toMatchObject({ code: 'grid-mismatch', subject: join(other, first) });
    expect(error.message).toContain(join(reference, 'labels', first));
  });

  it('says which cases have no partner', async () => {
    const some = join(work, 'some');
    mkdirSync(some);
    for (const name of names.slice(1)) cpSync(join(shifted, name), join(some, name));
    cpSync(join(shifted, names[0] ?? ''), join(some, 'stranger.nii.gz'));
    const result = await cli(['evaluate', '--reference', reference, '--prediction', some, '--json']);
    const id = (names[0] ?? '').replace('.nii.gz', '');
    expect(json(result)).toMatchObject({ withoutPrediction: [id], withoutReference: ['stranger'] });
    expect(result.stderr).toContain(id);
    const none = join(work, 'none');
    mkdirSync(none);
    expect(errorOf(await cli(['evaluate', '--reference', reference, '--prediction', none, '--json'])).code).toBe('no-data');
  });
});

describe('compare', () => {
  it('tests two evaluations case by case', async () => {
    const [a, b] = [join(work, 'a.json'), join(work, 'b.json')];
    await cli(['evaluate', '--reference', reference, '--prediction', shifted, '--out', a]);
    await cli(['evaluate', '--reference', reference, '--prediction', reference, '--out', b]);
    const result = await cli(['compare', a, b, '--json']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const { overall, cases } = json(result) as {
      cases: string[];
      overall: { dice: { pairs: number; meanB: number; pValue: number; difference: number } };
    };
    expect(cases).toHaveLength(6);
    // Six differences of one sign: the exact two-sided p is 2/2⁶.
    expect(overall.dice).toMatchObject({ pairs: 6, meanB: 1, pValue: 2 / 64 });
    expect(overall.dice.difference).toBeGreaterThan(0);
    expect((await cli(['compare', a, b])).stdout).toContain('Wilcoxon');
  });

  it('refuses what is no evaluation', async () => {
    const missing = await cli(['compare', join(work, 'a.json'), join(work, 'nowhere.json'), '--json']);
    expect(missing.status).toBe(1);
    expect(errorOf(missing)).toMatchObject({ code: 'not-found', subject: join(work, 'nowhere.json') });
    const labels = join(reference, 'labels.json');
    expect(errorOf(await cli(['compare', labels, labels, '--json']))).toMatchObject({ code: 'bad-file', subject: labels });
    const scan = join(shifted, names[0] ?? '');
    expect(errorOf(await cli(['compare', scan, scan, '--json']))).toMatchObject({ code: 'bad-file', subject: scan });
  });
});
