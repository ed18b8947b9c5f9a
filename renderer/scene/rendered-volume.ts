import type vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import type vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import vtkVolume from '@kitware/vtk.js/Rendering/Core/Volume';
import vtkVolumeMapper from '@kitware/vtk.js/Rendering/Core/VolumeMapper';
import type { Geometry } from '../../core/imaging/volume.ts';
import { rgbOf } from './colour-maps.ts';
import { length, minus } from './grid.ts';
import { LiveObjects } from './live-objects.ts';
import type { RenderingPreset } from './rendering-presets.ts';
import { vtkImageOf } from './vtk-image.ts';
import { boundsOf } from './grid.ts';

/** The opacity of a preset is that of this many millimetres of tissue. */
const UNIT = 2;
/** How much coarser the steps along a ray are while the user turns the volume. */
const COARSER = 2.5;

/** One volume of bytes drawn by ray casting. */
export class RenderedVolume {
  readonly #renderer: vtkRenderer;
  readonly #objects = new LiveObjects();
  readonly #mapper: vtkVolumeMapper;
  readonly #volume: vtkVolume;
  readonly #step: number;

  /** @param bytes 0 at the first position of the preset, 255 at the last @param software the processor draws: no shading, longer steps */
  constructor(renderer: vtkRenderer, geometry: Geometry, bytes: Uint8Array, preset: RenderingPreset, software: boolean) {
    this.#renderer = renderer;
    const image: vtkImageData = vtkImageOf(this.#objects, geometry, bytes, [0, 255]);
    this.#mapper = this.#objects.own(vtkVolumeMapper.newInstance());
    this.#mapper.setInputData(image);
    const spacing = (geometry.spacing[0] + geometry.spacing[1] + geometry.spacing[2]) / 3;
    this.#step = spacing * (software ? 1.5 : 0.7);
    this.#mapper.setAutoAdjustSampleDistances(false);
    const { min, max } = boundsOf(geometry);
    this.#mapper.setMaximumSamplesPerRay(Math.ceil(length(minus(max, min)) / this.#step) + 1);
    this.#mapper.setSampleDistance(this.#step);

    this.#volume = this.#objects.own(vtkVolume.newInstance());
    this.#volume.setMapper(this.#mapper);
    const property = this.#volume.getProperty();
    property.setInterpolationTypeToLinear();
    property.setShade(!software);
    property.setAmbient(0.3);
    property.setDiffuse(0.7);
    property.setSpecular(0.2);
    property.setSpecularPower(12);
    property.setScalarOpacityUnitDistance(0, UNIT);
    const colours = this.#objects.own(vtkColorTransferFunction.newInstance());
    const opacities = this.#objects.own(vtkPiecewiseFunction.newInstance());
    const [first, last] = [preset.points[0]?.[0] ?? 0, preset.points.at(-1)?.[0] ?? 1];
    for (const [position, colour, opacity] of preset.points) {
      const byte = (255 * (position - first)) / (last - first);
      const [r, g, b] = rgbOf(colour);
      colours.addRGBPoint(byte, r / 255, g / 255, b / 255);
      opacities.addPoint(byte, opacity);
    }
    property.setRGBTransferFunction(0, colours);
    property.setScalarOpacity(0, opacities);
    renderer.addVolume(this.#volume);
  }

  setInteracting(interacting: boolean): void {
    this.#mapper.setSampleDistance(this.#step * (interacting ? COARSER : 1));
  }

  setClips(planes: readonly vtkPlane[]): void {
    this.#mapper.removeAllClippingPlanes();
    for (const plane of planes) this.#mapper.addClippingPlane(plane);
  }

  delete(): void {
    this.#renderer.removeVolume(this.#volume);
    this.#objects.releaseAll();
  }
}
