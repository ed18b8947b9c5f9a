import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray';
import vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import type { Geometry, Triple, VoxelArray } from '../../core/imaging/volume.ts';
import { cross, indexToPoint, length, unit } from './grid.ts';
import type { LiveObjects } from './live-objects.ts';
import type { PlaneGrid } from './slice-sampling.ts';

/**
 * A vtk.js image around voxels, which it shares and does not copy.
 * @param range smallest and largest stored value; vtk.js would look at every voxel for it
 */
export function vtkImageOf(
  objects: LiveObjects,
  geometry: Geometry,
  voxels: VoxelArray,
  range: readonly [number, number],
  components = 1,
): vtkImageData {
  const image = objects.own(vtkImageData.newInstance());
  image.setDimensions(...geometry.dims);
  placeImage(image, geometry);
  const scalars = objects.own(vtkDataArray.newInstance({ name: 'voxels', values: voxels, numberOfComponents: components }));
  for (let component = 0; component < components; component++) scalars.setRange({ min: range[0], max: range[1] }, component);
  image.getPointData().setScalars(scalars);
  return image;
}

/** Puts an image where a grid with as many voxels lies. */
export function placeImage(image: vtkImageData, { spacing, origin, direction }: Geometry): void {
  image.setSpacing([...spacing]);
  image.setOrigin([origin[0], origin[1], origin[2]]);
  // Column by column: where i goes, then j, then k.
  const [i, j, k] = direction;
  image.setDirection(...i, ...j, ...k);
}

/** Frees an image of {@link vtkImageOf}. */
export function releaseImage(objects: LiveObjects, image: vtkImageData | undefined): void {
  if (image === undefined) return;
  objects.release(image.getPointData().getScalars());
  objects.release(image);
}

/** The grid of a picture in space, one slice thick. */
export function gridOfPlane({ width, height, origin, across, upwards }: PlaneGrid): Geometry {
  const directions = [unit(across), unit(upwards)] as const;
  const flat: Geometry = {
    dims: [width, height, 1],
    spacing: [length(across), length(upwards), 1],
    origin: origin as Geometry['origin'],
    direction: [...directions, unit(cross(...directions))],
  };
  return flat;
}

/** The grid of one slice of a grid, as a picture of its own. */
export function gridOfSlice(geometry: Geometry, [u, v]: readonly [0 | 1 | 2, 0 | 1 | 2], slice: Triple): Geometry {
  const directions = [geometry.direction[u], geometry.direction[v]] as const;
  return {
    dims: [geometry.dims[u], geometry.dims[v], 1],
    spacing: [geometry.spacing[u], geometry.spacing[v], 1],
    origin: indexToPoint(geometry, slice),
    direction: [...directions, unit(cross(...directions))],
  };
}
