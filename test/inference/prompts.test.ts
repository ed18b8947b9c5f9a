import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import {
  indexIJK,
  indexToPoint,
  pointToIndex,
  type Geometry,
  type PreparedScan,
  type Triple,
  type Volume,
} from '../../core/imaging/index.ts';
import { featureSpace, type FeatureSpace } from '../../core/inference/prompts/feature-space.ts';
import { fineFeatures } from '../../core/inference/prompts/fine-features.ts';
import { boxBetween, linear, marksOf, voxelOf, type Prompt } from '../../core/inference/prompts/marks.ts';
import { promptScan, proposal, type PromptScan } from '../../core/inference/prompts/proposal.ts';
import { seenValues } from '../../core/inference/prompts/seen-values.ts';
import { methodSettings } from '../../core/model/method-settings.ts';
import { turnedGeometry } from '../imaging/support/volumes.ts';

const dims: Triple = [32, 28, 24];
const geometry = turnedGeometry(dims, [1.5, 1.5, 2], [0.2, -0.1, 0.3], [10, -20, 30]);
const inBall = (centre: Triple, radius: number) => (v: Triple) =>
  Math.hypot(v[0] - centre[0], v[1] - centre[1], v[2] - centre[2]) <= radius;
const left = inBall([9, 14, 12], 6);
const right = inBall([21, 14, 12], 6);

/** A little noise that is the same every time. */
const noise = (at: number): number => (((at * 2654435761) % 1000) / 1000 - 0.5) * 6;

function volumeOf(value: (voxel: Triple) => number): Volume {
  const voxels = Float32Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, at) => value(voxelOf(at, dims)) + noise(at));
  return { geometry, voxels, slope: 1, intercept: 0 };
}

/** Codes on a grid half as fine as the scan; its first axis is the slowest. */
function spaceOf(code: (voxel: Triple) => readonly [number, number]): FeatureSpace {
  const n: Triple = [dims[0] / 2, dims[1] / 2, dims[2] / 2];
  const { spacing } = geometry;
  const grid: Geometry = {
    ...geometry,
    dims: n,
    spacing: [2 * spacing[0], 2 * spacing[1], 2 * spacing[2]],
    origin: indexToPoint(geometry, indexIJK(0.5, 0.5, 0.5)),
  };
  const codes: number[] = [];
  for (let a = 0; a < n[0]; a++)
    for (let b = 0; b < n[1]; b++) for (let c = 0; c < n[2]; c++) codes.push(...code([2 * a + 0.5, 2 * b + 0.5, 2 * c + 0.5]));
  return { geometry: grid, width: 2, codes: Float32Array.from(codes) };
}

const scanOf = (volume: Volume, space: FeatureSpace): PromptScan => promptScan(seenValues(volume, { kind: 'zscore' }), space);
const alike = spaceOf(() => [0.5, 0.5]);
/** Two bright balls in grey, the encoder blind. */
const balls = scanOf(
  volumeOf((v) => (left(v) || right(v) ? 100 : 40)),
  alike,
);
/** A bright bar of two halves that only the encoder tells apart. */
const inBar = ([i, j, k]: Triple): boolean => i >= 4 && i < 28 && j >= 9 && j < 19 && k >= 8 && k < 16;
const bar = scanOf(
  volumeOf((v) => (inBar(v) ? 100 : 40)),
  spaceOf(([i]) => (i < 16 ? [Math.SQRT1_2, 0] : [-Math.SQRT1_2, 0])),
);

const click = (voxel: Triple, positive = true): Prompt => ({ kind: 'point', positive, point: indexToPoint(geometry, indexIJK(...voxel)) });
const answer = (scan: PromptScan, prompts: readonly Prompt[]): Uint8Array => proposal(scan, marksOf(prompts, geometry));
const maskOf = (inside: (voxel: Triple) => boolean): Uint8Array =>
  Uint8Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, at) => (inside(voxelOf(at, dims)) ? 1 : 0));
function dice(a: Uint8Array, b: Uint8Array): number {
  const sum = (mask: Uint8Array): number => mask.reduce((total, v) => total + v, 0);
  return (2 * sum(a.map((v, at) => v & (b[at] ?? 0)))) / (sum(a) + sum(b));
}

describe('one click', () => {
  it('takes the ball that it meets, to its border, and not one like it elsewhere', () => {
    const found = answer(balls, [click([9, 14, 12])]);
    expect(dice(found, maskOf(left))).toBeGreaterThan(0.97);
    expect(found[linear([21, 14, 12], dims)]).toBe(0);
  });

  it('ends where the encoder sees something else, though the values go on', () => {
    const found = answer(bar, [click([9, 14, 12])]);
    expect(
      dice(
        found,
        maskOf((v) => inBar(v) && v[0] < 16),
      ),
    ).toBeGreaterThan(0.9);
    expect(dice(answer(bar, [click([9, 14, 12]), click([23, 14, 12])]), maskOf(inBar))).toBeGreaterThan(0.97);
  });
});

describe('more prompts', () => {
  it('of one kind join, of the other part', () => {
    const both = maskOf((v) => left(v) || right(v));
    expect(dice(answer(balls, [click([9, 14, 12]), click([21, 14, 12])]), both)).toBeGreaterThan(0.97);
    const bitten = answer(balls, [click([9, 14, 12]), click([9, 14, 17], false)]);
    expect(bitten[linear([9, 14, 17], dims)]).toBe(0);
    expect(bitten[linear([9, 14, 12], dims)]).toBe(1);
  });

  it('may be a scribble: every voxel on its way is marked', () => {
    const points = [indexToPoint(geometry, indexIJK(5, 14, 12)), indexToPoint(geometry, indexIJK(13, 16, 12))];
    const { positive } = marksOf([{ kind: 'scribble', positive: true, points }], geometry);
    expect(positive).toHaveLength(9);
    const found = answer(balls, [{ kind: 'scribble', positive: true, points }]);
    for (const at of positive) expect(found[at]).toBe(1);
    expect(dice(found, maskOf(left))).toBeGreaterThan(0.95);
  });

  it('may be a box: the structure in its middle, nothing outside', () => {
    const [from, to] = [indexToPoint(geometry, indexIJK(2, 7, 5)), indexToPoint(geometry, indexIJK(16, 21, 19))];
    const found = answer(balls, [{ kind: 'box', from, to }]);
    expect(dice(found, maskOf(left))).toBeGreaterThan(0.9);
    const limited = proposal(
      balls,
      marksOf([click([9, 14, 12])], geometry),
      boxBetween(geometry, from, indexToPoint(geometry, indexIJK(9, 21, 19))),
    );
    expect(limited).toEqual(limited.map((v, at) => (voxelOf(at, dims)[0] <= 9 ? v : 0)));
    expect(limited[linear([8, 14, 12], dims)]).toBe(1);
  });

  it('are refused outside the scan, and where none says what is meant', () => {
    expect(() => answer(balls, [click([32, 3, 3])])).toThrow(expect.objectContaining({ code: 'bad-setting', subject: 'prompts' }));
    expect(() => answer(balls, [click([3, 3, 3], false)])).toThrow(expect.objectContaining({ code: 'bad-setting', subject: 'prompts' }));
    expect(() => answer(balls, [])).toThrow(expect.objectContaining({ code: 'bad-setting' }));
  });
});

const anyClick = fc
  .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 27 }), fc.integer({ min: 0, max: 23 }), fc.boolean())
  .map(([i, j, k, positive]) => click([i, j, k], positive));
const anyClicks = fc.array(anyClick, { maxLength: 6 }).map((others) => [click([9, 14, 12]), ...others]);

describe('any clicks', () => {
  it('are kept, in any order, and the same every time', () => {
    fc.assert(
      fc.property(fc.constantFrom(balls, bar), anyClicks, (scan, clicks) => {
        const marks = marksOf(clicks, geometry);
        const found = answer(scan, clicks);
        for (const at of marks.positive) expect(found[at]).toBe(1);
        for (const at of marks.negative) expect(found[at]).toBe(0);
        expect(answer(scan, [...clicks].reverse())).toEqual(found);
      }),
      { numRuns: 12 },
    );
  });

  it('a negative one takes away around it and never adds there', () => {
    fc.assert(
      fc.property(fc.constantFrom(balls, bar), anyClicks, anyClick, (scan, clicks, more) => {
        if (more.kind !== 'point') return;
        const at = marksOf([click([9, 14, 12]), { ...more, positive: false }], geometry).negative[0] ?? -1;
        const [before, after] = [answer(scan, clicks), answer(scan, [...clicks, { ...more, positive: false }])];
        const marked = new Set(marksOf(clicks, geometry).positive);
        for (const near of [at, at - 1, at + 1]) if (!marked.has(near)) expect(after[near] ?? 0).toBeLessThanOrEqual(before[near] ?? 0);
      }),
      { numRuns: 12 },
    );
  });
});

describe('features for prompts', () => {
  it('lie on a grid twice as fine as the patches, each where its patch is', async () => {
    const s = methodSettings.parse({
      encoder: { width: 24, depth: 1, heads: 2, patch: [4, 2, 4] },
      globalSize: [12, 8, 16],
      localSize: [8, 4, 8],
    });
    const size: Triple = [24, 16, 32];
    const values = Float32Array.from(
      { length: 24 * 16 * 32 },
      (_, at) => 3 * Math.floor(at / 512) - 2 * (Math.floor(at / 32) % 16) + (at % 32),
    );
    const scan: PreparedScan = {
      values,
      channels: 1,
      dims: size,
      geometry: turnedGeometry(size, [0.7, 1, 1.3], [0.2, 0.1, -0.4], [5, 6, 7]),
    };
    // One feature: the mean of the patch.
    const found = await fineFeatures(
      scan,
      s,
      (patches, grid) => {
        const n = grid[0] * grid[1] * grid[2];
        const each = patches.length / n;
        return Promise.resolve(
          Float32Array.from({ length: n }, (_, p) => patches.subarray(p * each, (p + 1) * each).reduce((a, b) => a + b, 0) / each),
        );
      },
      silentTask,
    );
    expect(found.geometry.dims).toEqual([11, 15, 15]);
    let n = 0;
    for (let a = 0; a < 11; a++)
      for (let b = 0; b < 15; b++)
        for (let c = 0; c < 15; c++, n++) {
          const [i, j, k] = pointToIndex(scan.geometry, indexToPoint(found.geometry, indexIJK(a, b, c)));
          expect(found.features[n]).toBeCloseTo(3 * i - 2 * j + k, 3);
        }
  });

  it('become codes of length √½ that do not change with the scale of the features', () => {
    const features = Float32Array.from({ length: 60 * 8 }, (_, at) => Math.sin(at * 12.9898) * (1 + (at % 8)));
    const space = featureSpace({ geometry: { ...geometry, dims: [3, 4, 5] }, width: 8, features });
    const scaled = featureSpace({ geometry: { ...geometry, dims: [3, 4, 5] }, width: 8, features: features.map((x) => 50 * x) });
    for (let p = 0; p < 60; p++) {
      const code = space.codes.subarray(p * space.width, (p + 1) * space.width);
      expect(Math.hypot(...code)).toBeCloseTo(Math.SQRT1_2, 5);
    }
    scaled.codes.forEach((x, at) => expect(x).toBeCloseTo(space.codes[at] ?? NaN, 3));
  });
});
