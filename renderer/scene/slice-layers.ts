import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { PointLPS } from '../../core/imaging/volume.ts';
import type { Interpolation, LabelOverlay, LabelStyle, SecondVolume, Slab, ValueWindow } from './contract.ts';
import { fuse } from './fusion.ts';
import { GreyLayer } from './grey-layer.ts';
import type { LabelImage } from './label-image.ts';
import { LabelLayer } from './label-layer.ts';
import { LabelOverlays } from './label-overlays.ts';
import type { LiveObjects } from './live-objects.ts';
import { inPlaneAxes } from './measure.ts';
import type { SlicePlane } from './plane-geometry.ts';
import { SecondLayer } from './second-layer.ts';
import { planeOfSlice } from './slice-sampling.ts';
import type { VolumeImage } from './volume-image.ts';

/** Layers lie this far behind one another, in mm: more than any slice of a coarse level lies off its place. A parallel camera shows none of it. */
const LAYER_GAP = 250;

/** What is drawn in a slice, one over the other: the scan, a second volume, and labels. It follows what changes in them. */
export class SliceLayers {
  readonly #grey: GreyLayer;
  readonly #labelLayer: LabelLayer;
  readonly #overlays: LabelOverlays;
  readonly #secondLayer: SecondLayer;
  readonly #changed: () => void;
  #volume: VolumeImage | undefined;
  #second: SecondVolume | undefined;
  #slab: Slab | undefined;
  #window: ValueWindow | undefined;
  #invert = false;
  /** The second's picture is made again only when it must. */
  #secondIsOld = true;
  readonly #unlisten = new Map<'volume' | 'second', () => void>();

  /** @param changed something must be drawn again */
  constructor(objects: LiveObjects, renderer: vtkRenderer, changed: () => void) {
    this.#changed = changed;
    // They are drawn in this order, so the one at the back comes first.
    this.#grey = new GreyLayer(objects, renderer);
    this.#secondLayer = new SecondLayer(objects, renderer);
    this.#labelLayer = new LabelLayer(objects, renderer, changed);
    this.#overlays = new LabelOverlays(objects, renderer, changed);
  }

  get volume(): VolumeImage | undefined {
    return this.#volume;
  }

  setVolume(volume: VolumeImage | undefined): void {
    this.#volume = volume;
    this.#secondIsOld = true;
    this.#follow('volume', volume, () => this.#grey.changed());
    if (volume === undefined) this.#grey.hide();
    this.#changed();
  }

  setLabels(labels: LabelImage | undefined): void {
    this.#labelLayer.setLabels(labels);
  }

  setLabelStyle(style: LabelStyle): void {
    this.#labelLayer.setStyle(style);
  }

  setOverlays(overlays: readonly LabelOverlay[]): void {
    this.#overlays.set(overlays);
    this.#changed();
  }

  setSecond(second: SecondVolume | undefined): void {
    this.#second = second;
    this.#follow('second', second?.volume, () => undefined);
    if (second === undefined) this.#secondLayer.hide();
    this.#secondIsOld = true;
    this.#changed();
  }

  setSlab(slab: Slab | undefined): void {
    this.#slab = slab;
    this.#changed();
  }

  setWindow(window: ValueWindow): void {
    this.#window = window;
    this.#changed();
  }

  setInvert(invert: boolean): void {
    this.#invert = invert;
    this.#changed();
  }

  setInterpolation(interpolation: Interpolation): void {
    this.#grey.setInterpolation(interpolation);
    this.#changed();
  }

  /** Another slice, or the slices of another plane. */
  moved(): void {
    this.#secondIsOld = true;
  }

  /** Brings all layers to a slice, right before it is drawn. @param middle of the slice */
  prepare(plane: SlicePlane, slice: number, middle: PointLPS): void {
    const volume = this.#volume;
    if (volume === undefined) return;
    const { axis, away } = plane;
    this.#grey.show(volume, axis, middle, this.#slab, away, 2 * LAYER_GAP);
    this.#grey.setWindow(volume, this.#window ?? wholeRange(volume), this.#invert);
    this.#labelLayer.show(axis, slice, away);
    this.#overlays.show(axis, slice, away);
    if (this.#secondIsOld) this.#fuse(volume, plane, slice);
  }

  /** Takes back listeners on shared data. */
  forget(): void {
    for (const unlisten of this.#unlisten.values()) unlisten();
    this.#unlisten.clear();
    this.#labelLayer.forget();
    this.#overlays.forget();
  }

  #fuse(volume: VolumeImage, { axis, across, right, away }: SlicePlane, slice: number): void {
    this.#secondIsOld = false;
    if (this.#second === undefined) return;
    const plane = planeOfSlice(volume.geometry, axis, slice);
    // The picture's first axis is not always the one to the screen's right.
    const along = volume.geometry.direction[across];
    const sign = along[0] * right[0] + along[1] * right[1] + along[2] * right[2] > 0 ? 1 : -1;
    const swipe = { axis: across === inPlaneAxes(axis)[0] ? ('across' as const) : ('upwards' as const), sign } as const;
    const pixels = fuse(volume, this.#second, plane, swipe);
    if (pixels === undefined) this.#secondLayer.hide();
    else this.#secondLayer.show(plane, pixels, away, LAYER_GAP);
  }

  #follow(what: 'volume' | 'second', volume: VolumeImage | undefined, react: () => void): void {
    this.#unlisten.get(what)?.();
    this.#unlisten.delete(what);
    if (volume === undefined) return;
    const unlisten = volume.onChange(() => {
      react();
      this.#secondIsOld = true;
      this.#changed();
    });
    this.#unlisten.set(what, unlisten);
  }
}

function wholeRange({ range, slope, intercept }: VolumeImage): ValueWindow {
  const [a, b] = [range[0] * slope + intercept, range[1] * slope + intercept];
  return { centre: (a + b) / 2, width: Math.max(Math.abs(b - a), 1e-6) };
}
