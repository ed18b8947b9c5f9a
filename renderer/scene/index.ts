/**
 * The drawing of scans: the only place that touches vtk.js, and all of it that the page may use.
 *
 * A {@link VolumeImage} and a {@link LabelImage} are plain data that views share without copies. A view is made in a container element
 * (`position: relative`, any size), fills it, and is driven by its setters; it draws by itself, at most once a frame. The page lays
 * crosshair, letters, ruler and measurements over it as SVG, placed with `pixelOf` again on each `camera` and `slice` event, and
 * turns pointer events into calls of the view. `delete()` frees a view.
 */
export type { Geometry, IndexIJK, PointLPS, Triple, VoxelArray } from '../../core/imaging/volume.ts';
export type * from './contract.ts';
export { cssGradient } from './colour-maps.ts';
export { indexIJK, indexToPoint, levelGeometry, pointLPS, pointToIndex } from './grid.ts';
export { LabelImage, labelsFrom16Bit, type LabelChange, type SegmentLook, type VoxelChange } from './label-image.ts';
export { VolumeImage, type VolumeDescription, type VolumeLevel } from './volume-image.ts';
export { warmUpGraphics } from './warm-up.ts';
export { createObliqueView, createSliceView, createVolumeView3D } from './create-views.ts';
export { angleAt, distance, probe, regionStatistics, type Probe, type Region, type RegionStatistics } from './measure.ts';
export { sameView } from './same-view.ts';
export { probeGpu, type GpuLimits } from './gpu.ts';
export { sceneCounts, type SceneCounts } from './counts.ts';
export { percentileWindow, windowPresets, windowOfPreset, type WindowPreset } from './window-presets.ts';
export { renderingPresets, type RenderingPreset } from './rendering-presets.ts';
