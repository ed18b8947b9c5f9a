import { describe, expect, it } from 'vitest';
import type { PreparedScan, Triple } from '../../core/imaging/index.ts';
import { resizeBox } from '../../core/model/resize-box.ts';
import { straight } from '../imaging/support/volumes.ts';
import { fixtures, relativeError, wave } from './support.ts';

const scanOf = (values: Float32Array, dims: Triple, channels = 1): PreparedScan => ({ values, channels, dims, geometry: straight(dims) });

describe(`a box resized, against ${fixtures.provenance}`, () => {
  it.each(fixtures.resizing)('$box to $size: $how', ({ box, size, values }) => {
    const whole = scanOf(wave(box[0] * box[1] * box[2], 0.7, 0.2, 1), box);
    expect(relativeError(resizeBox(whole, { corner: [0, 0, 0], size: box }, size), values)).toBeLessThan(2e-6);
  });

  it.each(fixtures.resizing)('$box inside a larger scan of two channels', ({ box, size, values }) => {
    const dims: Triple = [box[0] + 3, box[1] + 1, box[2] + 2];
    const corner: Triple = [2, 1, 1];
    const inner = wave(box[0] * box[1] * box[2], 0.7, 0.2, 1);
    const n = dims[0] * dims[1] * dims[2];
    // What lies around the box is large, so that a single voxel of it would show.
    const around = new Float32Array(2 * n).fill(1e6);
    for (let a = 0; a < box[0]; a++)
      for (let b = 0; b < box[1]; b++)
        for (let c = 0; c < box[2]; c++) {
          const value = inner[(a * box[1] + b) * box[2] + c] ?? Number.NaN;
          const at = ((corner[0] + a) * dims[1] + corner[1] + b) * dims[2] + corner[2] + c;
          around[at] = value;
          around[n + at] = -2 * value;
        }
    const out = resizeBox(scanOf(around, dims, 2), { corner, size: box }, size);
    expect(relativeError(out.subarray(0, values.length), values)).toBeLessThan(2e-6);
    expect(
      relativeError(
        out.subarray(values.length),
        values.map((v) => -2 * v),
      ),
    ).toBeLessThan(2e-6);
  });
});
