import { percentiles, type Volume } from '../imaging/index.ts';
import type { Reconstruction } from '../inference/reconstruct.ts';
import { greyPicture, heatPicture, takeSlice, type Picture, type Plane, type Sheet, type Window } from '../report/index.ts';

export interface ReconstructionSheet extends Sheet {
  /** Absolute errors shown as the darkest and the brightest. */
  readonly errorRange: Window;
}

/** The middle slices of one reconstruction: a row for each plane, all grey pictures in one window, errors up to half of that window. */
export function reconstructionSheet(
  { input, masked, reconstruction, error }: Reconstruction,
  planes: readonly Plane[] = ['axial', 'coronal', 'sagittal'],
  size = 170,
): ReconstructionSheet {
  const [low = 0, high = 1] = percentiles(Float32Array.from(input.voxels), [0.5, 99.5]);
  const window = { low, high: Math.max(high, low + 1e-6) };
  const errorRange = { low: 0, high: (window.high - window.low) / 2 };
  const grey = (volume: Volume, plane: Plane): Picture => greyPicture(takeSlice(volume, plane), window, { size });
  return {
    columns: ['input', 'masked', 'reconstruction', 'error'],
    rows: planes.map((plane) => ({
      caption: plane,
      pictures: [
        grey(input, plane),
        grey(masked, plane),
        grey(reconstruction, plane),
        heatPicture(takeSlice(error, plane), errorRange, { size }),
      ],
    })),
    errorRange,
  };
}
