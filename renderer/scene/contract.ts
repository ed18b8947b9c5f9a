import type { PointLPS, Triple } from '../../core/imaging/volume.ts';
import type { LabelImage } from './label-image.ts';
import type { VolumeImage } from './volume-image.ts';

/** A display window over values (HU for CT): black at centre - width/2, white at centre + width/2. */
export interface ValueWindow {
  readonly centre: number;
  readonly width: number;
}

export type Plane = 'axial' | 'coronal' | 'sagittal';
export type Interpolation = 'linear' | 'nearest';
/** A colour #rrggbb. */
export type Colour = string;

/** A place in a view in CSS pixels from its left top corner. */
export interface ViewPoint {
  readonly x: number;
  readonly y: number;
}

/** What the four edges of a picture show of the patient: R, L, A, P, S, I, or two letters ('RA') where the picture is oblique. */
export interface EdgeLetters {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

/** A length for the ruler of a view: a round number of millimetres, and how long that is in CSS pixels. */
export interface Ruler {
  readonly millimetres: number;
  readonly pixels: number;
}

/** Several slices drawn as one. */
export interface Slab {
  /** Millimetres across the slices. */
  readonly thickness: number;
  readonly mode: 'maximum' | 'mean' | 'minimum';
}

/** How the labels are drawn in slices. */
export interface LabelStyle {
  /** Opacity of the inside, 0 to 1. */
  readonly fill: number;
  /** Thickness of the outline in screen pixels; 0 for none. */
  readonly outline: number;
}

/** Another label map over the first one, on the same grid: a preview, differences, a layer that overlaps. */
export interface LabelOverlay {
  readonly labels: LabelImage;
  readonly style: LabelStyle;
}

/** A second volume over the first: another scan, an entropy or similarity map (float), or a colour map of features (RGB). */
export interface SecondVolume {
  readonly volume: VolumeImage;
  /**
   * `blend`: over the first with `opacity`. `checker`: squares of `square` mm of one and the other in turn. `swipe`: the second right of
   * `position`, a fraction of the first's width. `difference`: first minus second, blue below and red above, grey where equal, full
   * colour at ± half the window width of the second.
   */
  readonly mode: 'blend' | 'checker' | 'swipe' | 'difference';
  readonly window: ValueWindow;
  readonly colours: 'grey' | 'hot' | 'viridis';
  /** Of the second volume where it is shown, 0 to 1. */
  readonly opacity: number;
  /** `blend` only: opacity grows with the value from 0 at the window's lower end (for heat maps). */
  readonly fadeLow?: boolean;
  /** Side of a square of the checker board in mm; default 20. */
  readonly square?: number;
  /** Place of the swipe's edge, 0 to 1 of the first volume's width; default 0.5. */
  readonly position?: number;
}

/** Where a slice view looks; give one view's to another to link them. */
export interface SliceCamera {
  /** The patient position at the middle of the view. */
  readonly centre: PointLPS;
  /** Millimetres of a CSS pixel. */
  readonly millimetresPerPixel: number;
}

export interface ViewEvents {
  /** The slice (or plane) shown has changed. */
  slice: undefined;
  /** Centre, zoom, direction or size of the view has changed: overlays must be placed again. */
  camera: undefined;
  /** A frame was drawn. */
  drawn: undefined;
  /** The GPU took the context away; the view shows nothing until it is back. */
  'context-lost': undefined;
  /** The view was rebuilt from what it kept, with everything in place. */
  'context-restored': undefined;
  /** Something could not be done as asked (volume reduced to fit the GPU, ...). */
  notice: SceneNotice;
}

export interface SceneNotice {
  readonly code: 'volume-reduced' | 'software-renderer' | 'labels-cut';
  /** One sentence in English; the code is for the message catalogue. */
  readonly message: string;
  /** Numbers for the message catalogue. */
  readonly values: Readonly<Record<string, string | number>>;
}

/** What all views have. A view fills its container, follows its size, and draws at most once a frame; setters only mark it dirty. */
export interface View {
  on<K extends keyof ViewEvents>(kind: K, listener: (event: ViewEvents[K]) => void): () => void;
  /** Resolves when what was set is on the screen, and the GPU has finished it. Rejects never; resolves at once when the context is lost. */
  drawn(): Promise<void>;
  /** The picture without anything the page lays over it, on a canvas of device pixels. */
  picture(): HTMLCanvasElement;
  /** The canvas that is shown (it is another one after a lost context came back). */
  readonly canvas: HTMLCanvasElement;
  /** False while the context is lost. */
  readonly alive: boolean;
  /** Tries to rebuild a view whose context was lost, without waiting for the browser's word that it is back. */
  recover(): void;
  /** Frees everything, the WebGL context too. The view must not be used afterwards. */
  delete(): void;
}

/** A view of one plane through the volume. */
export interface FlatView extends View {
  /** Lays a label map over the volume; it has the volume's own grid. */
  setLabels(labels: LabelImage | undefined): void;
  setLabelStyle(style: LabelStyle): void;
  /** Lays more label maps over that one, the last one nearest. */
  setOverlays(overlays: readonly LabelOverlay[]): void;
  setSlab(slab: Slab | undefined): void;
  setWindow(window: ValueWindow): void;
  setInvert(invert: boolean): void;
  setInterpolation(interpolation: Interpolation): void;

  /** All of it in the view. */
  fit(): void;
  /** @param factor above 1 enlarges @param at stays where it is; default the middle */
  zoom(factor: number, at?: ViewPoint): void;
  /** Moves the picture by CSS pixels. */
  pan(dx: number, dy: number): void;
  /** The patient position, in the plane shown, under a place of the view. */
  worldOf(at: ViewPoint): PointLPS;
  /** The place of a patient position in the view, and how far it lies from the plane shown (mm, positive away from the viewer). */
  pixelOf(point: PointLPS): ViewPoint & { readonly depth: number };
  /** Unit vectors in LPS: to the right of the screen, to its top, and away from the viewer. */
  readonly directions: { readonly right: Triple; readonly up: Triple; readonly away: Triple };
  readonly letters: EdgeLetters;
  readonly ruler: Ruler;
  /** Width and height in CSS pixels. */
  readonly size: { readonly width: number; readonly height: number };
}

/**
 * One orthogonal view. Axial, coronal and sagittal follow the voxel axis that is nearest to the patient's axis: a scan that is oblique in
 * the patient is shown in its own slices, and the edge letters say how they lie (see {@link ObliqueView} for any other plane).
 * Pictures are radiological whatever the file's axes: the patient's right at the left edge (axial, coronal), anterior at the left edge
 * (sagittal), anterior or superior at the top.
 */
export interface SliceView extends FlatView {
  readonly plane: Plane;
  setPlane(plane: Plane): void;
  /** Shows a volume. A first volume, or one on another grid, is fitted and shown at its middle slice; on the same grid nothing moves. */
  setVolume(volume: VolumeImage | undefined): void;
  /** Lays a second volume, on any grid, over the first. */
  setSecond(second: SecondVolume | undefined): void;

  /** The slice shown, counted on the full grid along the view's voxel axis. */
  readonly slice: number;
  /** How many slices there are in this view; 0 without a volume. */
  readonly slices: number;
  /** Rounded and clamped. */
  setSlice(slice: number): void;
  /** The voxel axis (0 = i, 1 = j, 2 = k) the view scrolls along, and +1 where a higher slice lies more superior / posterior / left. */
  readonly axis: 0 | 1 | 2;
  readonly towards: 1 | -1;
  /** Shows the slice that holds this point (the camera stays). */
  showPoint(point: PointLPS): void;

  readonly camera: SliceCamera;
  setCamera(camera: SliceCamera): void;
  /** Moves the middle of the view to this point (the slice stays). */
  centreOn(point: PointLPS): void;
}

/** A plane of any direction through the volume. */
export interface ObliqueView extends FlatView {
  readonly plane: 'oblique';
  /** Shows a volume; a first one through its middle. Resolves when it is ready to draw (a large one is reduced first). */
  setVolume(volume: VolumeImage | undefined): Promise<void>;
  /** Puts the plane through a point, in the direction of one of the orthogonal views of this volume. */
  setPlane(plane: Plane, through: PointLPS): void;
  /** Puts the plane through a point, in the middle of the view, in any direction: the `directions` of another time. */
  setDirections(directions: FlatView['directions'], through: PointLPS): void;
  /** Turns the plane about its horizontal or vertical screen axis, or in itself (degrees, right-handed about up, right, towards the viewer). */
  rotate(about: 'horizontal' | 'vertical' | 'view', degrees: number): void;
  /** Moves the plane along its normal, away from the viewer, in mm. */
  move(millimetres: number): void;
  /** A point of the plane: the middle of the view. */
  readonly origin: PointLPS;
}

/** A patient-aligned box in LPS millimetres. */
export interface ClipBox {
  readonly min: PointLPS;
  readonly max: PointLPS;
}

/** One end of an axis of the patient, as the orientation marker shows it. */
export interface AxisMark {
  readonly letter: 'L' | 'R' | 'A' | 'P' | 'S' | 'I';
  /** Place on a unit circle: x to the right, y down. */
  readonly x: number;
  readonly y: number;
  /** 1 points at the viewer, -1 away from the viewer. */
  readonly near: number;
}

/** Organ surfaces and volume rendering. */
export interface VolumeView3D extends View {
  /** The volume for {@link setRendering} and for the camera; shows nothing by itself. A first volume, or one on another grid, is fitted. */
  setVolume(volume: VolumeImage | undefined): void;
  /** Draws the volume with a preset of `renderingPresets`, or not at all. Resolves when it is ready to draw. */
  setRendering(preset: string | undefined): Promise<void>;
  readonly rendering: string | undefined;
  /**
   * Extracts and shows a surface for every segment of the label map, in a worker; colours, opacity and visibility follow the label
   * image. Resolves when all are there (or a newer call or {@link delete} made it useless). The label map may be smoothed and thinned.
   * @param progress 0 to 1 @throws Error when the worker fails
   */
  setSurfaces(labels: LabelImage | undefined, progress?: (fraction: number) => void): Promise<void>;
  /** Segments that have a surface now, with their triangles. */
  readonly surfaces: readonly { readonly value: number; readonly triangles: number }[];
  /** Cuts volume and surfaces to a box; undefined shows all. */
  setClip(box: ClipBox | undefined): void;
  /** The box around all there is, for the ends of the clipping sliders. */
  readonly bounds: ClipBox;

  /** From the front, slightly from above, everything in view. */
  fit(): void;
  /** Looks from one side of the patient, with superior (or anterior, for S and I) at the top. */
  lookFrom(side: AxisMark['letter']): void;
  /** Turns the camera about the patient (degrees). */
  orbit(azimuth: number, elevation: number): void;
  zoom(factor: number): void;
  pan(dx: number, dy: number): void;
  /** While the user drags, the volume is drawn coarser so that the picture follows. */
  setInteracting(interacting: boolean): void;
  readonly marks: readonly AxisMark[];
  /** Pictures of one turn about the patient, side by side in one canvas of `columns` columns. */
  turntable(pictures: number, columns: number): Promise<HTMLCanvasElement>;
}
