import { integers, keep, tensor, type Tensor } from '../../core/compute/index.ts';
import type { ParameterSpec } from '../../core/model/parameters.ts';
import { patchesOf } from '../../core/model/patches.ts';
import type { Views } from '../../core/model/pretraining-method.ts';
import { visibleCount } from '../../core/model/views.ts';
import { wave } from './support.ts';

/** Sides of a patch in the fixtures. */
export const PATCH = 4;

/** Weights as the scripts make them: sines whose frequency and phase come from the name. */
export function madeWeights(specs: readonly ParameterSpec[], phase: number): Map<string, Tensor> {
  return new Map(
    specs.map(({ name, shape }) => {
      const code = [...name].reduce((sum, c, i) => sum + (c.codePointAt(0) ?? 0) * (i + 1), 0) % 1000;
      const isNorm = name.includes('.norm') && name.endsWith('.weight');
      const n = shape.reduce((a, b) => a * b, 1);
      const w = wave(n, 0.37 + 0.001 * code, 0.11 * code + phase, isNorm ? 0.1 : 0.2).map((v) => v + (isNorm ? 1 : 0));
      return [name, keep(tensor(w, shape))];
    }),
  );
}

function madeImage(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size ** 3 }, (_, at) => {
    const [a, b, c] = [Math.floor(at / size ** 2), Math.floor(at / size) % size, at % size];
    return 0.5 + 0.5 * Math.sin(0.05 * (seed + 1) * (a + 2 * b + 3 * c) + seed);
  });
}

/** Views as pre-training makes them: the visible patches first. */
export function madeViews(size: number, perScan: number, scans: number, seed: number, channels = 1): Views {
  const side = size / PATCH;
  const n = side ** 3;
  const length = channels * PATCH ** 3;
  const count = scans * perScan;
  const patches = new Float32Array(count * n * length);
  const places = new Int32Array(count * n);
  for (let v = 0; v < count; v++) {
    const image = new Float32Array(channels * size ** 3);
    for (let c = 0; c < channels; c++) image.set(madeImage(size, seed + v + 1000 * c), c * size ** 3);
    const raster = patchesOf(image, [size, size, size], [PATCH, PATCH, PATCH], channels);
    for (let k = 0; k < n; k++) {
      const place = (37 * k + 11 * (seed + v) + 3) % n;
      places[v * n + k] = place;
      patches.set(raster.subarray(place * length, (place + 1) * length), (v * n + k) * length);
    }
  }
  return {
    patches: tensor(patches, [count, n, length]),
    places: integers(places, [count, n]),
    visible: visibleCount(n, 0.75),
    perScan,
    grid: [side, side, side],
  };
}
