import type { Numbers } from '../case.ts';
import { standardised } from './dense.ts';

/** Batch, depth, height, width of a channels-last volume. */
export type Grid = readonly [number, number, number, number];

/** Each channel of each sample to mean 0 and deviation 1. */
export function instanceNormalised(x: Numbers, [batch]: Grid, channels: number): Numbers {
  const voxels = x.length / (batch * channels);
  const y = [...x];
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < channels; c++) {
      const values: Numbers = [];
      for (let v = 0; v < voxels; v++) values.push(x[(b * voxels + v) * channels + c] as number);
      standardised(values, 1e-5).forEach((value, v) => (y[(b * voxels + v) * channels + c] = value));
    }
  return y;
}

/** Neighbouring channels of each sample together to mean 0 and deviation 1; then weight and bias of each channel. */
export function groupNormalised(x: Numbers, weight: Numbers, bias: Numbers, [batch]: Grid, groups: number): Numbers {
  const channels = weight.length;
  const each = x.length / batch;
  const groupOf = (at: number): number => Math.floor(((at % channels) * groups) / channels);
  const y = [...x];
  for (let b = 0; b < batch; b++)
    for (let g = 0; g < groups; g++) {
      const places = Array.from({ length: each }, (_, i) => b * each + i).filter((at) => groupOf(at) === g);
      const normal = standardised(
        places.map((at) => x[at] as number),
        1e-5,
      );
      places.forEach((at, i) => {
        const c = at % channels;
        y[at] = (normal[i] as number) * (weight[c] as number) + (bias[c] as number);
      });
    }
  return y;
}

export function leakyRelu(x: Numbers, slope: number): Numbers {
  return x.map((value) => (value > 0 ? value : slope * value));
}

/** Inputs side by side in the channel axis: (…, c1), (…, c2) → (…, c1 + c2). */
export function sideBySide(parts: readonly Numbers[], voxels: number): Numbers {
  return Array.from({ length: voxels }, (_, v) =>
    parts.flatMap((part) => part.slice((v * part.length) / voxels, ((v + 1) * part.length) / voxels)),
  ).flat();
}

/** x (batch, depth, height, width, in), weight (3, 3, 3, in, out): stride 1, zeros outside. */
export function conv3(x: Numbers, weight: Numbers, [batch, depth, height, width]: Grid): Numbers {
  const channels = x.length / (batch * depth * height * width);
  const out = weight.length / (27 * channels);
  const y: Numbers = [];
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < depth; i++)
      for (let j = 0; j < height; j++)
        for (let k = 0; k < width; k++)
          for (let o = 0; o < out; o++) {
            let sum = 0;
            for (let di = -1; di <= 1; di++)
              for (let dj = -1; dj <= 1; dj++)
                for (let dk = -1; dk <= 1; dk++) {
                  const [p, q, r] = [i + di, j + dj, k + dk];
                  if (p < 0 || q < 0 || r < 0 || p >= depth || q >= height || r >= width) continue;
                  const voxel = ((b * depth + p) * height + q) * width + r;
                  const tap = (di + 1) * 9 + (dj + 1) * 3 + dk + 1;
                  for (let c = 0; c < channels; c++)
                    sum += (x[voxel * channels + c] as number) * (weight[(tap * channels + c) * out + o] as number);
                }
            y.push(sum);
          }
  return y;
}

/** x (batch, d, h, w, in), weight (in, f0, f1, f2, out): every voxel becomes a block of f0·f1·f2 voxels. */
export function upConv(x: Numbers, weight: Numbers, [batch, d, h, w]: Grid, [f0, f1, f2]: readonly [number, number, number]): Numbers {
  const channels = x.length / (batch * d * h * w);
  const out = weight.length / (channels * f0 * f1 * f2);
  const y: Numbers = [];
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < d * f0; i++)
      for (let j = 0; j < h * f1; j++)
        for (let k = 0; k < w * f2; k++) {
          const voxel = ((b * d + Math.floor(i / f0)) * h + Math.floor(j / f1)) * w + Math.floor(k / f2);
          const place = ((i % f0) * f1 + (j % f1)) * f2 + (k % f2);
          for (let o = 0; o < out; o++) {
            let sum = 0;
            for (let c = 0; c < channels; c++)
              sum += (x[voxel * channels + c] as number) * (weight[(c * f0 * f1 * f2 + place) * out + o] as number);
            y.push(sum);
          }
        }
  return y;
}

/** The voxels of even index along each axis. */
export function everySecond(y: Numbers, [batch, depth, height, width]: Grid): Numbers {
  const channels = y.length / (batch * depth * height * width);
  return y.filter((_, at) => {
    const voxel = Math.floor(at / channels);
    const [i, j, k] = [Math.floor(voxel / (height * width)) % depth, Math.floor(voxel / width) % height, voxel % width];
    return i % 2 === 0 && j % 2 === 0 && k % 2 === 0;
  });
}

/** Twice as many voxels along each axis: output o lies at (o + 1/2)/2 − 1/2, cut to the grid, between two voxels. */
export function upsampled(x: Numbers, [batch, depth, height, width]: Grid): Numbers {
  const channels = x.length / (batch * depth * height * width);
  const around = (o: number, n: number): readonly (readonly [number, number])[] => {
    const at = Math.min(n - 1, Math.max(0, (o + 0.5) / 2 - 0.5));
    const low = Math.floor(at);
    return [
      [low, 1 - (at - low)],
      [Math.min(n - 1, low + 1), at - low],
    ];
  };
  const y: Numbers = [];
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < 2 * depth; i++)
      for (let j = 0; j < 2 * height; j++)
        for (let k = 0; k < 2 * width; k++)
          for (let c = 0; c < channels; c++) {
            let sum = 0;
            for (const [p, u] of around(i, depth))
              for (const [q, v] of around(j, height))
                for (const [r, w] of around(k, width))
                  sum += u * v * w * (x[(((b * depth + p) * height + q) * width + r) * channels + c] as number);
            y.push(sum);
          }
  return y;
}
