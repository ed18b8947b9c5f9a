import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { HarnessPage } from './browser/harness-page.ts';
import { plainGrid } from './browser/plain-grid.ts';

describeInChromium('slice views in Chromium', () => {
  let harness: HarnessPage;
  beforeAll(async () => {
    harness = await HarnessPage.open();
  });
  afterAll(async () => {
    await harness.close();
    expect(harness.complaints).toEqual([]);
  });

  const identity = { slope: 1, intercept: 0 };

  it('shows values through the window: black below, white above, grey between', async () => {
    expectNear(await harness.run('greys', { centre: 500, width: 1000 }, identity, false), [0, 128, 255]);
    expectNear(await harness.run('greys', { centre: 250, width: 500 }, identity, false), [0, 255, 255]);
    expectNear(await harness.run('greys', { centre: 1000, width: 2000 }, identity, false), [0, 64, 128]);
    expectNear(await harness.run('greys', { centre: 500, width: 1000 }, identity, true), [255, 128, 0]);
  });

  it('takes the window in values, not in stored numbers, also where the slope is negative', async () => {
    expectNear(await harness.run('greys', { centre: 0, width: 2000 }, { slope: 2, intercept: -1000 }, false), [0, 128, 255]);
    expectNear(await harness.run('greys', { centre: 500, width: 1000 }, { slope: -1, intercept: 1000 }, false), [255, 128, 0]);
  });

  const colours = ['#e69f00', '#56b4e9', '#009e73'];
  const rgb = [
    [230, 159, 0],
    [86, 180, 233],
    [0, 158, 115],
  ];

  it('fills segments with exactly their colours, blends by opacity, and hides what is hidden', async () => {
    const full = await harness.run('labelColours', { fill: 1, outline: 0 }, colours, []);
    expect(full.centres).toEqual(rgb);
    expect(full.background).toEqual([51, 51, 51]);

    const half = await harness.run('labelColours', { fill: 0.5, outline: 0 }, colours, []);
    half.centres.forEach((centre, n) =>
      expectNear(
        centre,
        (rgb[n] ?? []).map((c) => (c + 51) / 2),
      ),
    );

    const hidden = await harness.run('labelColours', { fill: 1, outline: 0 }, colours, [2]);
    expect(hidden.centres).toEqual([rgb[0], [51, 51, 51], rgb[2]]);
    expect(hidden.coloured[1]).toBe(0);
  });

  it('outlines segments without filling them, thicker when asked to, and not the hidden ones', async () => {
    const full = await harness.run('labelColours', { fill: 1, outline: 0 }, colours, []);
    const thin = await harness.run('labelColours', { fill: 0, outline: 1 }, colours, [3]);
    const thick = await harness.run('labelColours', { fill: 0, outline: 3 }, colours, []);
    expect(thin.centres).toEqual([
      [51, 51, 51],
      [51, 51, 51],
      [51, 51, 51],
    ]);
    const pixels = (n: number): readonly [number, number, number] => [full.coloured[n] ?? 0, thin.coloured[n] ?? 0, thick.coloured[n] ?? 0];
    for (const n of [0, 1]) {
      const [area, line, band] = pixels(n);
      // A disc of this area has this outline; its voxels' corners make the real one longer.
      const round = 2 * Math.sqrt(Math.PI * area);
      expect(line).toBeGreaterThan(round * 0.8);
      expect(line).toBeLessThan(round * 2);
      expect(band).toBeGreaterThan(line * 1.8);
      expect(band).toBeLessThan(area);
    }
    expect(thin.coloured[2]).toBe(0);
  });

  it('shows a label map that grows in place', async () => {
    expect(await harness.run('growingLabels')).toEqual([
      [0, 0, 0],
      [16, 192, 64],
    ]);
  });

  it('lays label maps over one another, the last one nearest, and takes them away again', async () => {
    const { over, outlined, after } = await harness.run('overlaidLabels');
    expect(over[0]).toEqual([128, 0, 0]);
    expect(over[1]).toEqual([0, 128, 0]);
    expectNear(over[2] ?? [], [0, 64, 128]);
    expect(outlined).toBeGreaterThan(100);
    expect(after).toEqual([128, 0, 0]);
  });

  it('replaces a coarse level by the full one without moving anything', async () => {
    const { moved, slices, difference, events } = await harness.run('coarseThenFull');
    expect(moved).toBe(0);
    expect(slices).toEqual([21, 21]);
    expect(events).toBe(0);
    // One level stores slice 5 (the mean of 20 to 23) for slice 21: half a slice of a ramp of 2 in 900, and rounding.
    expect(difference.mean).toBeLessThan(1.5);
  });

  it('lays a second volume over the first: blend, swipe, checker board, difference', async () => {
    const same = plainGrid([40, 40, 5]);
    const base = { window: { centre: 500, width: 1000 }, colours: 'grey', opacity: 1 } as const;
    const blend = await harness.run('fusion', { ...base, mode: 'blend', opacity: 0.5 }, same);
    expectNear(blend.left, [128, 128, 128]);

    const swipe = await harness.run('fusion', { ...base, mode: 'swipe', position: 0.5 }, same);
    expectNear(swipe.left, [51, 51, 51]);
    expectNear(swipe.right, [204, 204, 204]);

    const checker = await harness.run('fusion', { ...base, mode: 'checker', square: 10 }, same);
    // The slice fills all but 2 % of the view, and every other square is the first's.
    expect(checker.firstShare).toBeGreaterThan(0.4);
    expect(checker.firstShare).toBeLessThan(0.55);

    const difference = await harness.run('fusion', { ...base, mode: 'difference' }, same);
    // 200 - 800 = -600 is beyond half the window's width: the full blue.
    expectNear(difference.left, [31, 79, 216]);
  });

  it('resamples a second volume that lies on a turned grid', async () => {
    const turned = {
      ...plainGrid([60, 5, 60]),
      origin: [20, -10, 0],
      direction: [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
    } as const;
    const blend = await harness.run('fusion', { window: { centre: 500, width: 1000 }, colours: 'grey', opacity: 1, mode: 'blend' }, turned);
    // It begins in the middle of the first.
    expectNear(blend.left, [51, 51, 51]);
    expectNear(blend.right, [204, 204, 204]);
  });

  it('draws slabs: the largest, the mean and the smallest of five slices', async () => {
    const greys = await harness.run('slabGreys');
    expectNear([greys['none'] ?? NaN, greys['maximum'] ?? NaN, greys['mean'] ?? NaN, greys['minimum'] ?? NaN], [100, 120, 100, 80]);
  });

  it('draws the same pixels after its context was lost and came back', async () => {
    const { events, difference, lit, counts } = await harness.run('loseContext');
    expect(events).toEqual(['lost, alive false', 'restored, alive true']);
    expect(lit).toBeGreaterThan(10_000);
    expect(difference.largest).toBe(0);
    expect(counts[1]).toEqual(counts[0]);
  });

  it('opens ten volumes in turn and keeps nothing of the nine before', async () => {
    const { after, end } = await harness.run('openInTurn', 10);
    for (const counts of after.slice(1)) expect(counts).toEqual(after[1]);
    expect(end).toEqual({ views: 0, contexts: 0, vtkObjects: 0, textures: 0, buffers: 0 });
  });

  it('scrolls through 512 × 512 × 300 voxels, each slice another picture, without copies of the volume', async () => {
    const { distinct, heap } = await harness.run('scrollLarge', [512, 512, 300], 8);
    expect(distinct).toBe(24);
    const voxelBytes = 2 * 512 * 512 * 300;
    // The volume itself and its label map are 1.5 of them.
    expect(heap).toBeLessThan(3 * voxelBytes);
  });
});

/** Colours through 8-bit tables differ by a step or two from exact arithmetic. */
function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, at) =>
    expect(Math.abs(value - (expected[at] ?? NaN)), `${actual.join(', ')} instead of ${expected.join(', ')}`).toBeLessThanOrEqual(3),
  );
}
