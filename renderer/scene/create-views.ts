import type { ObliqueView, SliceView, VolumeView3D, Plane } from './contract.ts';
import { VtkObliqueView } from './oblique-view.ts';
import { VtkSliceView } from './slice-view.ts';
import { VtkVolumeView } from './volume-view.ts';

/** Makes a slice view that fills `container`. @throws Error when the browser has no WebGL 2 */
export function createSliceView(container: HTMLElement, plane: Plane): SliceView {
  return new VtkSliceView(container, plane);
}

/** Makes a view of an oblique plane that fills `container`. @throws Error when the browser has no WebGL 2 */
export function createObliqueView(container: HTMLElement): ObliqueView {
  return new VtkObliqueView(container);
}

/** Makes a 3-D view that fills `container`. @throws Error when the browser has no WebGL 2 */
export function createVolumeView3D(container: HTMLElement): VolumeView3D {
  return new VtkVolumeView(container);
}
