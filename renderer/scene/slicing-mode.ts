import vtkImageMapper from '@kitware/vtk.js/Rendering/Core/ImageMapper';
import type { Axis } from './grid.ts';

const { I, J, K } = vtkImageMapper.SlicingMode;

/** vtk.js's name for slicing across a voxel axis. */
export const slicingAcross = (axis: Axis): typeof I | typeof J | typeof K => (axis === 0 ? I : axis === 1 ? J : K);
