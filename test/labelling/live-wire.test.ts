import { describe, expect, it } from 'vitest';
import { type Triple } from '../../core/imaging/volume.ts';
import { LiveWire, liveWire, type Axis, type Grid, type ScanValues } from '../../core/labelling/index.ts';
import { seededRandom } from '../../core/base/random.ts';

/** A disc of 20 voxels of 100 units on 0, with noise, in the middle of each slice across an axis. */
function disc(axis: Axis, size: number, slices: number, noise = 0): { values: ScanValues; grid: Grid } {
  const random = seededRandom(3);
  const dims: Triple = axis === 0 ? [slices, size, size] : axis === 1 ? [size, slices, size] : [size, size, slices];
  const voxels = Float32Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, v) => {
    const at = [v % dims[0], Math.floor(v / dims[0]) % dims[1], Math.floor(v / (dims[0] * dims[1]))].filter((_, a) => a !== axis);
    const apart = Math.hypot(...at.map((n) => n - (size - 1) / 2));
    return (apart < 20 ? 100 : 0) + noise * random.normal();
  });
  return { values: { voxels, slope: 1, intercept: 0 }, grid: { dims, spacing: [1, 1, 1] } };
}

const onCircle = (angle: number, slice: number, axis: Axis): Triple => {
  const [x, y] = [32 + 20 * Math.cos(angle), 32 + 20 * Math.sin(angle)];
  return axis === 0 ? [slice, x, y] : axis === 1 ? [x, slice, y] : [x, y, slice];
};
const fromCentre = (point: Triple, axis: Axis): number => Math.hypot(...point.filter((_, a) => a !== axis).map((n) => n - 32));

describe('the live wire', () => {
  it.each<Axis>([0, 1, 2])('follows an edge instead of the straight way, in a slice across axis %i', (axis) => {
    const { values, grid } = disc(axis, 65, 2);
    const [from, to] = [onCircle(0.1, 1, axis), onCircle(2.2, 1, axis)];
    const path = liveWire(values, grid, axis, 1, from, to);
    expect(path[0]).toEqual(from.map(Math.round));
    expect(path.at(-1)).toEqual(to.map(Math.round));
    for (const point of path) expect(Math.abs(fromCentre(point, axis) - 20)).toBeLessThan(1.5);
    // The arc is 42 voxels long; steps are to neighbours.
    expect(path.length).toBeLessThan(46);
    path.slice(1).forEach((point, n) => expect(Math.max(...point.map((at, a) => Math.abs(at - (path[n]?.[a] ?? 99))))).toBe(1));
  });

  it('follows an edge through noise', () => {
    const { values, grid } = disc(2, 65, 1, 15);
    const path = liveWire(values, grid, 2, 0, onCircle(-0.8, 0, 2), onCircle(0.9, 0, 2));
    const apart = path.map((point) => Math.abs(fromCentre(point, 2) - 20));
    expect(Math.max(...apart)).toBeLessThan(2.5);
  });

  it('has cheapest ways: what lies on one is a cheapest way itself, and an anchor can be moved', () => {
    const { values, grid } = disc(2, 65, 1, 30);
    const wire = new LiveWire(values, grid, 2, 0);
    expect(wire.path([3, 3, 0])).toEqual([]);
    wire.anchor([5, 6, 0]);
    const path = wire.path([60, 50, 0]);
    for (const [n, point] of path.entries()) expect(wire.path(point)).toEqual(path.slice(0, n + 1));
    wire.anchor([60, 50, 0]);
    expect(wire.path([60, 50, 0])).toEqual([[60, 50, 0]]);
    expect(wire.path([59, 50, 0])).toHaveLength(2);
  });

  it('goes straight where there are no edges, in millimetres', () => {
    const grid: Grid = { dims: [30, 30, 1], spacing: [1, 3, 1] };
    const path = liveWire({ voxels: new Int16Array(900), slope: 1, intercept: 0 }, grid, 2, 0, [2, 10, 0], [25, 10, 0]);
    expect(path).toEqual(Array.from({ length: 24 }, (_, n) => [2 + n, 10, 0]));
  });

  it('is not led astray by metal: a faint edge counts in a slice with a bright one', () => {
    const { values, grid } = disc(2, 65, 1);
    const voxels = Float32Array.from(values.voxels, (value, v) => (v % 65 < 3 && v < 300 ? 30_000 : value));
    const path = liveWire({ ...values, voxels }, grid, 2, 0, onCircle(0.1, 0, 2), onCircle(2.2, 0, 2));
    for (const point of path) expect(Math.abs(fromCentre(point, 2) - 20)).toBeLessThan(1.5);
  });

  it('stays in the slice wherever the pointer is', () => {
    const { values, grid } = disc(2, 65, 1);
    const path = liveWire(values, grid, 2, 0, [-50, -50, 0], [900, NaN, 0]);
    expect(path[0]).toEqual([0, 0, 0]);
    expect(path.at(-1)).toEqual([64, 0, 0]);
    expect(() => new LiveWire(values, grid, 2, 3)).toThrow('no slice 3');
    expect(() => new LiveWire({ ...values, voxels: new Int16Array(4) }, grid, 2, 0)).toThrow('4 voxels');
  });
});
