/** What of ours is alive: what must come back to zero when every view is deleted. */
export interface SceneCounts {
  readonly views: number;
  /** WebGL contexts held by views. */
  readonly contexts: number;
  /** vtk.js objects made by views and not deleted. */
  readonly vtkObjects: number;
  /** WebGL textures and buffers in those contexts, counted at the context itself, so vtk.js's own are in. */
  readonly textures: number;
  readonly buffers: number;
}

const live = { views: 0, contexts: 0, vtkObjects: 0, textures: 0, buffers: 0 };

export type Counted = keyof typeof live;

export function count(kind: Counted, change: number): void {
  live[kind] += change;
}

/** How many views, contexts, vtk.js objects and textures are alive in this page. */
export function sceneCounts(): SceneCounts {
  return { ...live };
}
