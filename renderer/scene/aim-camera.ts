import type { vtkCamera } from '@kitware/vtk.js/Rendering/Core/Camera';
import { plus } from './grid.ts';
import type { PlaneCamera } from './plane-camera.ts';

/** How far before the plane the camera stands, in mm; layers lie up to this far behind it. */
const DISTANCE = 2000;

/** Sets vtk.js's camera as ours looks. */
export function aimParallel(camera: vtkCamera, { centre, directions, millimetresPerPixel, size }: PlaneCamera): void {
  camera.setParallelProjection(true);
  camera.setFocalPoint(centre[0], centre[1], centre[2]);
  camera.setPosition(...plus(centre, directions.away, -DISTANCE));
  camera.setViewUp(...directions.up);
  camera.setParallelScale((millimetresPerPixel * size.height) / 2);
  camera.setClippingRange(1, 2 * DISTANCE);
}
