import type { Box } from '../../core/imaging/box.ts';
import { OrganSurfaces, type OrganSurface, type PlacedLabels } from './surfaces/organ-surfaces.ts';

/** Surfaces that are wanted. The first request brings the label map, later ones may bring what was written in it since. */
export interface SurfaceRequest {
  readonly labels?: PlacedLabels;
  readonly written?: { readonly box: Box; readonly voxels: Uint8Array };
  /** Segments, in this order. */
  readonly values: readonly number[];
  /** Triangles of all these surfaces together. */
  readonly budget: number;
}

/** What the worker answers: each surface as it is ready, then the end, or why there is none. */
export type SurfaceAnswer = { readonly surface: OrganSurface } | { readonly done: true } | { readonly error: string };

let organs: OrganSurfaces | undefined;

/** One request after the other: whoever asks waits for the end before the next. */
self.onmessage = async ({ data }: MessageEvent<SurfaceRequest>): Promise<void> => {
  try {
    const { labels, written, values, budget } = data;
    if (labels) organs = new OrganSurfaces(labels);
    if (written) organs?.write(written.box, written.voxels);
    for await (const surface of organs?.surfaces(values, budget) ?? []) {
      const answer: SurfaceAnswer = { surface };
      self.postMessage(answer, { transfer: [surface.points.buffer, surface.triangles.buffer, surface.normals.buffer] });
    }
    const end: SurfaceAnswer = { done: true };
    self.postMessage(end);
  } catch (error) {
    const answer: SurfaceAnswer = { error: error instanceof Error ? error.message : String(error) };
    self.postMessage(answer);
  }
};
