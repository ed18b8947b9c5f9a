import { organSurfaces, type OrganSurface, type SurfaceJob } from './surfaces/organ-surfaces.ts';

/** What the worker answers: each surface as it is ready, then the end, or why there is none. */
export type SurfaceAnswer = { readonly surface: OrganSurface } | { readonly done: true } | { readonly error: string };

/** One job a worker; whoever no longer wants it ends the worker. */
self.onmessage = async ({ data }: MessageEvent<SurfaceJob>): Promise<void> => {
  try {
    for await (const surface of organSurfaces(data)) {
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
