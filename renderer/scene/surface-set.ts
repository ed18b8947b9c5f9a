import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray';
import type vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane';
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData';
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor';
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { OrganSurface } from '../workers/surfaces/organ-surfaces.ts';
import { rgbOf } from './colour-maps.ts';
import type { SegmentLook } from './label-image.ts';
import { LiveObjects } from './live-objects.ts';

interface Shown {
  readonly actor: vtkActor;
  readonly mapper: vtkMapper;
  /** With these the surface is freed. */
  readonly objects: readonly (vtkPolyData | vtkDataArray)[];
  readonly triangles: number;
}

/** The organ surfaces of a 3-D view. */
export class SurfaceSet {
  readonly #renderer: vtkRenderer;
  readonly #shown = new Map<number, Shown>();
  #objects = new LiveObjects();
  #clips: readonly vtkPlane[] = [];

  constructor(renderer: vtkRenderer) {
    this.#renderer = renderer;
  }

  get all(): readonly { readonly value: number; readonly triangles: number }[] {
    return [...this.#shown].map(([value, { triangles }]) => ({ value, triangles }));
  }

  /** Shows a surface in the place of the one that its segment had. */
  add({ value, points, triangles, normals }: OrganSurface, look: SegmentLook): void {
    this.remove(value);
    const data = this.#objects.own(vtkPolyData.newInstance());
    data.getPoints().setData(points, 3);
    data.getPolys().setData(withCounts(triangles));
    const directions = this.#objects.own(vtkDataArray.newInstance({ name: 'Normals', values: normals, numberOfComponents: 3 }));
    data.getPointData().setNormals(directions);
    const mapper = this.#objects.own(vtkMapper.newInstance());
    mapper.setInputData(data);
    mapper.setScalarVisibility(false);
    const actor = this.#objects.own(vtkActor.newInstance());
    actor.setMapper(mapper);
    const property = actor.getProperty();
    property.setInterpolationToPhong();
    property.setAmbient(0.15);
    property.setDiffuse(0.85);
    property.setSpecular(0.2);
    property.setSpecularPower(20);
    this.#shown.set(value, { actor, mapper, objects: [data, directions], triangles: triangles.length / 3 });
    this.setLook(value, look);
    for (const plane of this.#clips) mapper.addClippingPlane(plane);
    this.#renderer.addActor(actor);
  }

  /** A segment has no voxels any more. */
  remove(value: number): void {
    const shown = this.#shown.get(value);
    if (shown === undefined) return;
    this.#renderer.removeActor(shown.actor);
    for (const object of [shown.actor, shown.mapper, ...shown.objects]) this.#objects.release(object);
    this.#shown.delete(value);
  }

  setLook(value: number, { colour, opacity, visible }: SegmentLook): void {
    const actor = this.#shown.get(value)?.actor;
    if (actor === undefined) return;
    const [r, g, b] = rgbOf(colour);
    actor.getProperty().setColor(r / 255, g / 255, b / 255);
    actor.getProperty().setOpacity(opacity);
    actor.setVisibility(visible && opacity > 0);
  }

  setClips(planes: readonly vtkPlane[]): void {
    this.#clips = planes;
    for (const { mapper } of this.#shown.values()) {
      mapper.removeAllClippingPlanes();
      for (const plane of planes) mapper.addClippingPlane(plane);
    }
  }

  clear(): void {
    for (const { actor } of this.#shown.values()) this.#renderer.removeActor(actor);
    this.#shown.clear();
    this.#objects.releaseAll();
    this.#objects = new LiveObjects();
  }
}

/** vtk.js wants the number of corners before each triangle. */
function withCounts(triangles: Uint32Array): Uint32Array {
  const out = new Uint32Array((triangles.length / 3) * 4);
  for (let from = 0, to = 0; from < triangles.length; from += 3) {
    out[to++] = 3;
    for (let corner = 0; corner < 3; corner++) out[to++] = triangles[from + corner] as number;
  }
  return out;
}
