import type { Triple } from '../imaging/index.ts';
import type { View } from '../model/views.ts';

export interface ReconstructionNumbers {
  /** Mean squared error over the masked patches, in the units of the network's input, or of normalised patches. */
  readonly mse: number;
  /** The same when every masked voxel is guessed as the mean of the visible ones. */
  readonly meanOfVisibleMse: number;
  /** The same when every masked patch is guessed as a copy of the nearest visible one. */
  readonly nearestVisibleMse: number;
  /** 1 − mse / meanOfVisibleMse. */
  readonly improvement: number;
  /** 1 − mse / nearestVisibleMse. */
  readonly improvementOnNearest: number;
  readonly masked: number;
  readonly patches: number;
  /** What the errors are taken of: voxels, or voxels of patches that were brought to mean 0 and variance 1 each (method 2.3). */
  readonly of: 'voxels' | 'normalised patches';
}

/**
 * Errors of the network and of two guesses that know as much as it does.
 * @param predicted (N − n, L): for the masked patches of the view
 * @param floor where the targets were normalised: what was added to the variance. Guesses are then normalised as well, a patch of one
 *   value becoming 0.
 */
export function measure(view: View, predicted: Float32Array, floor: number | undefined): ReconstructionNumbers {
  const patches = view.places.length;
  const length = view.patches.length / patches;
  const shown = view.visible * length;
  const inTargets = floor === undefined ? view.patches : normalised(view.patches, length, floor);
  const guess = floor === undefined ? meanOf(view.patches.subarray(0, shown)) : 0;
  let mse = 0;
  let flat = 0;
  let copied = 0;
  for (let patch = view.visible; patch < patches; patch++) {
    const near = nearestVisible(view, patch) * length;
    const at = patch * length;
    for (let k = 0; k < length; k++) {
      const value = inTargets[at + k] as number;
      mse += (value - (predicted[at - shown + k] as number)) ** 2;
      flat += (value - guess) ** 2;
      copied += (value - (inTargets[near + k] as number)) ** 2;
    }
  }
  const n = predicted.length;
  return {
    mse: mse / n,
    meanOfVisibleMse: flat / n,
    nearestVisibleMse: copied / n,
    improvement: 1 - mse / flat,
    improvementOnNearest: 1 - mse / copied,
    masked: patches - view.visible,
    patches,
    of: floor === undefined ? 'voxels' : 'normalised patches',
  };
}

/** Mean and sqrt(population variance + floor). */
export function momentsOf(patch: Float32Array, floor: number): { mean: number; deviation: number } {
  const mean = meanOf(patch);
  let variance = 0;
  for (const value of patch) variance += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(variance / patch.length + floor) };
}

function normalised(patches: Float32Array, length: number, floor: number): Float32Array {
  const out = new Float32Array(patches.length);
  for (let at = 0; at < patches.length; at += length) {
    const { mean, deviation } = momentsOf(patches.subarray(at, at + length), floor);
    for (let k = 0; k < length; k++) out[at + k] = ((patches[at + k] as number) - mean) / deviation;
  }
  return out;
}

function meanOf(numbers: Float32Array): number {
  let sum = 0;
  for (const value of numbers) sum += value;
  return sum / numbers.length;
}

function nearestVisible(view: View, patch: number): number {
  const at = gridPlace(view.places[patch] ?? 0, view.grid);
  let best = 0;
  let nearest = Infinity;
  for (let i = 0; i < view.visible; i++) {
    const other = gridPlace(view.places[i] ?? 0, view.grid);
    const distance = at.reduce((sum, c, axis) => sum + (c - (other[axis] ?? 0)) ** 2, 0);
    if (distance < nearest) {
      nearest = distance;
      best = i;
    }
  }
  return best;
}

function gridPlace(place: number, grid: Triple): Triple {
  return [Math.floor(place / (grid[1] * grid[2])), Math.floor(place / grid[2]) % grid[1], place % grid[2]];
}
