import type { PointLPS, Triple } from '../../../core/imaging/volume.ts';
import {
  LabelImage,
  VolumeImage,
  createSliceView,
  pointLPS,
  sceneCounts,
  type EdgeLetters,
  type LabelStyle,
  type Plane,
  type SceneCounts,
  type SecondVolume,
  type SliceView,
  type ValueWindow,
} from '../../../renderer/scene/index.ts';
import { balls, brightVoxel, fill, geometryOf, ramp } from './phantoms.ts';
import { plainGrid, type PlainGeometry } from './plain-grid.ts';
import { Shot, container } from './stage.ts';

const PLANES: readonly Plane[] = ['axial', 'coronal', 'sagittal'];

export interface SeenVoxel {
  readonly plane: Plane;
  readonly letters: EdgeLetters;
  /** Where the view says the voxel is, where it was found, and how many bright pixels there were. */
  readonly computed: { readonly x: number; readonly y: number; readonly depth: number };
  readonly found: { readonly x: number; readonly y: number; readonly pixels: number };
  /** `worldOf` at the computed place, and the voxel's own position. */
  readonly world: Triple;
  readonly centre: Triple;
}

async function withView<T>(plane: Plane, use: (view: SliceView) => T | Promise<T>, width = 320, height = 320): Promise<T> {
  const element = container(width, height);
  const view = createSliceView(element, plane);
  try {
    return await use(view);
  } finally {
    view.delete();
    element.remove();
  }
}

function volumeOf(geometry: PlainGeometry, voxels: Int16Array | Uint8Array | Float32Array, range: [number, number]): VolumeImage {
  const volume = new VolumeImage({ geometry: geometryOf(geometry), slope: 1, intercept: 0, range });
  volume.setVoxels(voxels);
  return volume;
}

/** A bright voxel at a patient position, looked for in the three views of a grid. */
async function findVoxel(grid: PlainGeometry, point: Triple): Promise<SeenVoxel[]> {
  const { volume, centre } = brightVoxel(geometryOf(grid), point);
  const seen: SeenVoxel[] = [];
  for (const plane of PLANES) {
    await withView(plane, (view) => {
      view.setVolume(volume);
      view.setInterpolation('nearest');
      view.setWindow({ centre: 500, width: 1000 });
      view.showPoint(centre);
      const found = new Shot(view).centreOf((r) => r > 128);
      const computed = view.pixelOf(centre);
      seen.push({ plane, letters: view.letters, computed, found, world: view.worldOf(computed), centre });
    });
  }
  return seen;
}

/** The three views of a small volume through one point, at one scale: pictures to compare, 64 × 64 grey values each. */
async function picturesThrough(grid: PlainGeometry, voxels: string, range: [number, number], through: Triple): Promise<number[][]> {
  const bytes = Uint8Array.from(atob(voxels), (character) => character.charCodeAt(0));
  const volume = volumeOf(grid, bytes, range);
  const pictures: number[][] = [];
  for (const plane of PLANES)
    await withView(
      plane,
      (view) => {
        view.setVolume(volume);
        view.setInterpolation('nearest');
        view.showPoint(through as PointLPS);
        view.setCamera({ centre: through as PointLPS, millimetresPerPixel: 2.38 });
        pictures.push([...new Shot(view).bytes].filter((_, at) => at % 4 === 0));
      },
      64,
      64,
    );
  return pictures;
}

/** The grey of three values (0, 500, 1000 in stripes) in a window. */
async function greys(
  window: ValueWindow,
  scale: { readonly slope: number; readonly intercept: number },
  invert: boolean,
): Promise<number[]> {
  const geometry = geometryOf(plainGrid([30, 30, 3]));
  const volume = new VolumeImage({ geometry, ...scale, range: [0, 1000] });
  volume.setVoxels(fill(new Int16Array(2700), geometry, (i) => Math.floor(i / 10) * 500));
  return withView('axial', (view) => {
    view.setVolume(volume);
    view.setInvert(invert);
    view.setWindow(window);
    const shot = new Shot(view);
    return [4, 14, 24].map((i) => shot.at(view.pixelOf(pointLPS(i, 15, 1)))[0]);
  });
}

/** Three balls over a grey of 51: the colours at their centres with different styles, and how many pixels are coloured. */
async function labelColours(
  style: LabelStyle,
  colours: readonly string[],
  hidden: readonly number[],
): Promise<{ readonly centres: number[][]; readonly coloured: number[]; readonly background: number[] }> {
  const geometry = geometryOf(plainGrid([60, 20, 9]));
  const volume = volumeOf(plainGrid([60, 20, 9]), new Int16Array(60 * 20 * 9).fill(200), [0, 1000]);
  const labels = balls(geometry, colours);
  return withView('axial', (view) => {
    view.setVolume(volume);
    view.setWindow({ centre: 500, width: 1000 });
    view.setLabels(labels);
    view.setLabelStyle(style);
    for (const value of hidden) labels.setLook(value, { visible: false });
    const shot = new Shot(view);
    const centre = (n: number): Triple => [((n + 0.5) / colours.length) * 60, 10, 4];
    return {
      centres: colours.map((_, n) => shot.at(view.pixelOf(centre(n) as PointLPS))),
      coloured: colours.map((colour) => {
        const rgb = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
        return shot.centreOf((r, g, b) => r === rgb[0] && g === rgb[1] && b === rgb[2]).pixels;
      }),
      background: shot.at(view.pixelOf([1, 1, 4] as unknown as PointLPS)),
    };
  });
}

/** A label map that grows in place: the colour of a voxel before and after. */
async function growingLabels(): Promise<number[][]> {
  const grid = plainGrid([16, 16, 4]);
  const volume = volumeOf(grid, new Int16Array(1024), [0, 1]);
  const voxels = new Uint8Array(1024);
  const labels = new LabelImage(geometryOf(grid), voxels, new Map([[7, { colour: '#10c040', opacity: 1, visible: true }]]));
  return withView('axial', async (view) => {
    view.setVolume(volume);
    view.setWindow({ centre: 500, width: 1000 });
    view.setLabels(labels);
    view.setLabelStyle({ fill: 1, outline: 0 });
    const place = view.pixelOf(pointLPS(8, 8, view.slice));
    const before = new Shot(view).at(place);
    voxels.fill(7);
    labels.changed();
    await view.drawn();
    return [before, new Shot(view).at(place)];
  });
}

/** Two label maps laid over one of segment 1 everywhere: the colour where none, the first, and both of them are; then after they are taken away. */
async function overlaidLabels(): Promise<{ readonly over: number[][]; readonly outlined: number; readonly after: number[] }> {
  const grid = plainGrid([32, 32, 4]);
  const geometry = geometryOf(grid);
  const map = (colour: string, first: number): LabelImage =>
    new LabelImage(
      geometry,
      fill(new Uint8Array(4096), geometry, (i) => (i >= first ? 1 : 0)),
      new Map([[1, { colour, opacity: 1, visible: true }]]),
    );
  return withView('axial', async (view) => {
    view.setVolume(volumeOf(grid, new Int16Array(4096), [0, 1]));
    view.setWindow({ centre: 500, width: 1000 });
    view.setLabels(map('#800000', 0));
    view.setLabelStyle({ fill: 1, outline: 0 });
    const places = [4, 14, 26].map((i) => view.pixelOf(pointLPS(i, 16, view.slice)));
    const look = (): number[][] => {
      const shot = new Shot(view);
      return places.map((place) => shot.at(place));
    };
    view.setOverlays([
      { labels: map('#008000', 10), style: { fill: 1, outline: 0 } },
      { labels: map('#0000ff', 20), style: { fill: 0.5, outline: 0 } },
    ]);
    const over = look();
    view.setOverlays([{ labels: map('#00ff00', 10), style: { fill: 0, outline: 2 } }]);
    const outlined = new Shot(view).centreOf((r, g, b) => r === 0 && g === 255 && b === 0).pixels;
    view.setOverlays([]);
    await view.drawn();
    return { over, outlined, after: look()[2] ?? [] };
  });
}

/** A ramp shown coarse first and full then: the camera, the slice, and how far the two pictures lie apart. */
async function coarseThenFull(): Promise<{
  readonly moved: number;
  readonly slices: number[];
  readonly difference: { readonly largest: number; readonly mean: number };
  readonly events: number;
}> {
  const geometry = geometryOf({ ...plainGrid([64, 64, 40], [1, 1, 2]), origin: [-30, 12, 100] });
  const value = (i: number, j: number, k: number): number => 8 * i + 4 * j + 2 * k;
  const volume = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 900] });
  // What an area mean over 4 × 4 × 4 voxels gives of a linear function.
  const coarse = fill(new Float32Array(16 * 16 * 10), { ...geometry, dims: [16, 16, 10] }, (i, j, k) =>
    value(4 * i + 1.5, 4 * j + 1.5, 4 * k + 1.5),
  );
  volume.setLevel([16, 16, 10], [4, 4, 8], coarse);
  return withView('axial', async (view) => {
    view.setVolume(volume);
    view.setWindow({ centre: 450, width: 900 });
    view.setSlice(21);
    view.zoom(1.4, { x: 100, y: 60 });
    const before = { shot: new Shot(view), camera: view.camera, slice: view.slice };
    let events = 0;
    view.on('slice', () => events++);
    view.on('camera', () => events++);
    volume.setVoxels(fill(new Int16Array(64 * 64 * 40), geometry, value));
    await view.drawn();
    const after = view.camera;
    const moved = Math.hypot(...after.centre.map((at, axis) => at - (before.camera.centre[axis] ?? NaN)));
    return { moved, slices: [before.slice, view.slice], difference: new Shot(view).differenceTo(before.shot), events };
  });
}

/** Two volumes, 200 and 800 everywhere, laid over each other: the colours left and right, and the share of the first. */
async function fusion(
  second: Omit<SecondVolume, 'volume'>,
  grid: PlainGeometry,
): Promise<{ readonly left: number[]; readonly right: number[]; readonly firstShare: number }> {
  const base = plainGrid([40, 40, 5]);
  const first = volumeOf(base, new Int16Array(8000).fill(200), [0, 1000]);
  const over = volumeOf(grid, new Float32Array(grid.dims[0] * grid.dims[1] * grid.dims[2]).fill(800), [0, 1000]);
  return withView('axial', (view) => {
    view.setVolume(first);
    view.setWindow({ centre: 500, width: 1000 });
    const alone = new Shot(view).at({ x: 160, y: 160 })[0];
    view.setSecond({ ...second, volume: over });
    const shot = new Shot(view);
    const { pixels } = shot.centreOf((r, g, b) => r === alone && g === alone && b === alone);
    return { left: shot.at({ x: 40, y: 160 }), right: shot.at({ x: 280, y: 160 }), firstShare: pixels / (320 * 320) };
  });
}

/** A slab of a volume in which slice k has the value k: the grey in the middle. */
async function slabGreys(): Promise<Record<string, number>> {
  const geometry = geometryOf(plainGrid([20, 20, 21]));
  const volume = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 255] });
  volume.setVoxels(fill(new Uint8Array(8400), geometry, (_i, _j, k) => k * 10));
  return withView('axial', (view) => {
    view.setVolume(volume);
    view.setWindow({ centre: 127.5, width: 255 });
    view.setSlice(10);
    const grey = (): number => new Shot(view).at({ x: 160, y: 160 })[0];
    const greys: Record<string, number> = { none: grey() };
    for (const mode of ['maximum', 'mean', 'minimum'] as const) {
      view.setSlab({ thickness: 5, mode });
      greys[mode] = grey();
    }
    return greys;
  });
}

/** A view with everything in it, whose context is lost and regained: the pictures before and after, and what happened on the way. */
async function loseContext(): Promise<{
  readonly events: string[];
  readonly difference: { readonly largest: number };
  readonly lit: number;
  readonly counts: SceneCounts[];
}> {
  const geometry = geometryOf(plainGrid([48, 48, 20]));
  return withView('coronal', async (view) => {
    view.setVolume(ramp(geometry));
    view.setLabels(balls(geometry, ['#e02020', '#20e020']));
    view.setLabelStyle({ fill: 0.5, outline: 2 });
    view.setSecond({ volume: ramp(geometry, 300), mode: 'swipe', window: { centre: 0, width: 2000 }, colours: 'hot', opacity: 0.7 });
    view.setWindow({ centre: -200, width: 1600 });
    view.setSlice(20);
    view.zoom(1.3);
    view.pan(10, -7);
    const before = new Shot(view);
    const counts = [sceneCounts()];
    const events: string[] = [];
    view.on('context-lost', () => events.push(`lost, alive ${String(view.alive)}`));
    const restored = new Promise<void>((resolve) => {
      view.on('context-restored', () => {
        events.push(`restored, alive ${String(view.alive)}`);
        resolve();
      });
    });
    const lost = new Promise<void>((resolve) => view.on('context-lost', () => resolve()));
    const extension = view.canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context');
    extension?.loseContext();
    await lost;
    // A context can be asked back only after the event of its loss has run its course.
    await new Promise((resolve) => setTimeout(resolve));
    // A setter while nothing can be drawn must be kept, and must not throw.
    view.setSlice(21);
    await view.drawn();
    view.setSlice(20);
    extension?.restoreContext();
    await restored;
    await view.drawn();
    const after = new Shot(view);
    counts.push(sceneCounts());
    return { events, difference: after.differenceTo(before), lit: after.centreOf((r, g, b) => r + g + b > 60).pixels, counts };
  });
}

/** Volumes opened in turn in three views that stay: what is alive after each, and after all views are deleted. */
async function openInTurn(volumes: number): Promise<{ readonly after: SceneCounts[]; readonly end: SceneCounts }> {
  const elements = PLANES.map(() => container(200, 200));
  const views = PLANES.map((plane, n) => createSliceView(elements[n] as HTMLElement, plane));
  const after: SceneCounts[] = [];
  for (let n = 0; n < volumes; n++) {
    const geometry = geometryOf(plainGrid([40 + n, 36, 30]));
    const [volume, labels] = [ramp(geometry, n), balls(geometry, ['#ff0000', '#00ff00', '#0000ff'])];
    for (const view of views) {
      view.setVolume(volume);
      view.setLabels(labels);
      view.setWindow({ centre: n, width: 1000 });
      for (let step = 0; step < 4; step++) {
        view.setSlice(8 + step);
        await view.drawn();
      }
    }
    after.push(sceneCounts());
  }
  for (const view of views) view.delete();
  for (const element of elements) element.remove();
  return { after, end: sceneCounts() };
}

/** A large volume scrolled through in three views; milliseconds are told, not judged. */
async function scrollLarge(
  dims: Triple,
  steps: number,
): Promise<{
  readonly firstPicture: number;
  readonly script: number[];
  readonly withGpu: number[];
  readonly distinct: number;
  readonly heap: number | undefined;
}> {
  const geometry = geometryOf(plainGrid(dims, [0.7, 0.7, 1]));
  const volume = ramp(geometry);
  const labels = new LabelImage(
    geometry,
    new Uint8Array(dims[0] * dims[1] * dims[2]),
    new Map([[1, { colour: '#ff8800', opacity: 1, visible: true }]]),
  );
  labels.voxels.fill(1, labels.voxels.length / 3, labels.voxels.length / 2);
  const elements = PLANES.map(() => container(512, 512));
  const start = performance.now();
  const views = PLANES.map((plane, n) => createSliceView(elements[n] as HTMLElement, plane));
  for (const view of views) {
    view.setVolume(volume);
    view.setLabels(labels);
    await view.drawn();
  }
  const firstPicture = performance.now() - start;
  const script: number[] = [];
  const withGpu: number[] = [];
  let distinct = 0;
  for (const view of views) {
    let before = '';
    for (let step = 0; step < steps; step++) {
      const begin = performance.now();
      view.setSlice(step * Math.floor(view.slices / steps));
      const drawn = view.drawn();
      await drawn;
      withGpu.push(performance.now() - begin);
      const now = new Shot(view).bytes.reduce((sum, byte, at) => (sum * 31 + byte * (at + 1)) % 1_000_003, 0).toString();
      if (now !== before) distinct++;
      before = now;
    }
    for (let step = 0; step < steps; step++) {
      const frame = new Promise<number>((resolve) => {
        const off = view.on('drawn', () => {
          off();
          resolve(performance.now());
        });
      });
      // Asked for before the view asks for its own frame, so it runs right before the view draws.
      const begin = new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())));
      view.setSlice(step * Math.floor(view.slices / steps) + 1);
      script.push(-(await begin) + (await frame));
    }
  }
  const heap = (performance as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize;
  for (const view of views) view.delete();
  for (const element of elements) element.remove();
  return { firstPicture, script, withGpu, distinct, heap };
}

export const sliceScenarios = {
  findVoxel,
  picturesThrough,
  greys,
  labelColours,
  growingLabels,
  overlaidLabels,
  coarseThenFull,
  fusion,
  slabGreys,
  loseContext,
  openInTurn,
  scrollLarge,
};
