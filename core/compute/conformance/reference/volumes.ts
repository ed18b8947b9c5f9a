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
