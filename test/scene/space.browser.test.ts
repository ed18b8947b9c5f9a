import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { HarnessPage } from './browser/harness-page.ts';
import { plainGrid } from './browser/plain-grid.ts';

describeInChromium('views in space in Chromium', () => {
  let harness: HarnessPage;
  beforeAll(async () => {
    harness = await HarnessPage.open();
  });
  afterAll(async () => {
    await harness.close();
    expect(harness.complaints).toEqual([]);
  });

  const nothing = { views: 0, contexts: 0, vtkObjects: 0, textures: 0, buffers: 0 };

  it('knows that the processor draws here, and how large a volume may be', async () => {
    const limits = await harness.run('gpu');
    expect(limits).toMatchObject({ software: true, renderer: expect.stringContaining('SwiftShader') });
    expect(limits?.maxTexture3D).toBeGreaterThanOrEqual(256);
  });

  it('shows organ surfaces where the organs are: colours, sides, visibility, clipping', async () => {
    const { triangles, progress, front, back, hidden, clipped, marks } = await harness.run('organSurfaces');
    expect(triangles).toHaveLength(2);
    for (const n of triangles) expect(n).toBeGreaterThan(500);
    expect(progress).toEqual([0.5, 1, 1]);
    const [red, green] = front;
    if (red === undefined || green === undefined) throw new Error('two balls');
    // From the front the patient's right is on the left.
    expect(red.x).toBeLessThan(150 - 30);
    expect(green.x).toBeGreaterThan(150 + 30);
    expect(Math.abs(red.y - 150)).toBeLessThan(5);
    expect(red.pixels).toBeGreaterThan(3000);
    expect(Math.abs(red.pixels / green.pixels - 1)).toBeLessThan(0.1);
    expect(back[0]?.x).toBeGreaterThan(150 + 30);
    expect([hidden[0]?.pixels, hidden[1]?.pixels]).toEqual([0, green.pixels]);
    expect([clipped[0]?.pixels, clipped[1]?.pixels]).toEqual([red.pixels, 0]);
    expect(marks['S']).toEqual([0, -1, 0]);
    expect(marks['L']).toEqual([1, 0, 0]);
  });

  it('draws a volume with a preset, cuts it, and puts it away', async () => {
    const { lit, half, off, notices } = await harness.run('rayCast');
    expect(lit.pixels).toBeGreaterThan(5000);
    expect(Math.abs(lit.x - 150)).toBeLessThan(5);
    expect(half.pixels / lit.pixels).toBeGreaterThan(0.4);
    expect(half.pixels / lit.pixels).toBeLessThan(0.6);
    expect(half.x).toBeLessThan(lit.x - 15);
    expect(off.pixels).toBe(0);
    expect(notices).toEqual(['software-renderer']);
  });

  it('draws volume and surfaces again after its context was lost, and leaves nothing when deleted', async () => {
    const { difference, coloured, end } = await harness.run('loseContext3D');
    expect(coloured).toBeGreaterThan(5000);
    // The rays start at random places within a step, anew for each picture.
    expect(difference.mean).toBeLessThan(1);
    expect(end).toEqual(nothing);
  });

  it('forgets surfaces that are no longer wanted', async () => {
    expect(await harness.run('changeOfMind')).toEqual({ shown: [1], end: nothing });
  });

  it('pictures a turn', async () => {
    const { width, height, red } = await harness.run('turntable');
    expect([width, height]).toEqual([600, 600]);
    // From the front, from the left (green hides red), from behind, from the right.
    expect(red[0]).toBeGreaterThan(3000);
    expect(red[1]).toBe(0);
    expect(red[2]).toBeGreaterThan(3000);
    expect(red[3]).toBeGreaterThan(red[0] ?? NaN);
  });

  it('shows a voxel at its place in a turned plane, on a left-handed grid too', async () => {
    const straight = plainGrid([40, 40, 40]);
    const leftHanded = {
      ...plainGrid([40, 44, 30], [1, 0.9, 1.3]),
      direction: [
        [0, -1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
      origin: [-10, 50, 3],
    } as const;
    const crossed = {
      ...leftHanded,
      direction: [
        [0, 1, 0],
        [0, 0, 1],
        [-1, 0, 0],
      ],
      origin: [40, 10, 3],
    } as const;
    for (const [grid, point] of [
      [straight, [25, 12, 20]],
      [leftHanded, [4, 30, 22]],
      [crossed, [20, 30, 22]],
    ] as const) {
      const { computed, found, lettersBefore, lettersAfter } = await harness.run('obliqueVoxel', grid, point);
      expect(found.pixels).toBeGreaterThan(20);
      expect(Math.hypot(found.x - computed.x, found.y - computed.y)).toBeLessThan(2);
      expect(Math.abs(computed.depth)).toBeLessThan(1e-9);
      expect(lettersBefore).toBe('L R A P');
      expect(lettersAfter).not.toBe(lettersBefore);
    }
  });

  it('lays labels over a turned plane in exactly their colours, hides and redraws them, and inverts the grey', async () => {
    const { seen, hidden, grown, grey, inverted } = await harness.run('obliqueLabels', ['#e69f00', '#56b4e9', '#009e73']);
    const [orange, blue, green, dark] = [
      [230, 159, 0],
      [86, 180, 233],
      [0, 158, 115],
      [51, 51, 51],
    ];
    expect(seen).toEqual([orange, blue, green]);
    expect(hidden).toEqual([orange, dark, green]);
    expect(grown).toEqual([green, green, green]);
    expect([grey, inverted]).toEqual([dark, [204, 204, 204]]);
  });

  it('reduces a volume that the machine would not hold, says so, and draws its slab', async () => {
    const { notices, lit } = await harness.run('obliqueLarge', [400, 300, 200]);
    expect(notices).toEqual(['200 × 150 × 200']);
    expect(lit).toBeGreaterThan(20_000);
  });
});
