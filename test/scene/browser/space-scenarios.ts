import type { Triple } from '../../../core/imaging/volume.ts';
import {
  VolumeImage,
  createObliqueView,
  createVolumeView3D,
  pointLPS,
  probeGpu,
  sceneCounts,
  type GpuLimits,
  type SceneCounts,
  type VolumeView3D,
} from '../../../renderer/scene/index.ts';
import { balls, brightVoxel, fill, geometryOf, ramp } from './phantoms.ts';
import { plainGrid, type PlainGeometry } from './plain-grid.ts';
import { Shot, container } from './stage.ts';

async function with3D<T>(use: (view: VolumeView3D) => Promise<T>): Promise<T> {
  const element = container(300, 300);
  const view = createVolumeView3D(element);
  try {
    return await use(view);
  } finally {
    view.delete();
    element.remove();
  }
}

const isRed = (r: number, g: number, b: number): boolean => r > 60 && r > 2 * g && r > 2 * b;
const isGreen = (r: number, g: number, b: number): boolean => g > 60 && g > 2 * r && g > 2 * b;

interface Seen {
  readonly x: number;
  readonly y: number;
  readonly pixels: number;
}

/** Two balls, red towards the patient's right and green towards the left, from the front: what is seen of each after each change. */
async function organSurfaces(): Promise<{
  readonly triangles: number[];
  readonly progress: number[];
  readonly front: Seen[];
  readonly back: Seen[];
  readonly hidden: Seen[];
  readonly clipped: Seen[];
  readonly marks: Record<string, readonly [number, number, number]>;
  readonly picture: string;
}> {
  const geometry = geometryOf(plainGrid([80, 40, 40]));
  const labels = balls(geometry, ['#d01010', '#10d010']);
  return with3D(async (view) => {
    const progress: number[] = [];
    await view.setSurfaces(labels, (fraction) => progress.push(fraction));
    view.lookFrom('A');
    view.fit();
    const seen = (): Seen[] => {
      const shot = new Shot(view);
      return [shot.centreOf(isRed), shot.centreOf(isGreen)];
    };
    const front = seen();
    const picture = view.picture().toDataURL();
    const marks = Object.fromEntries(view.marks.map(({ letter, x, y, near }) => [letter, [x, y, near] as const]));
    view.lookFrom('P');
    const back = seen();
    view.lookFrom('A');
    labels.setLook(1, { visible: false });
    const hidden = seen();
    labels.setLook(1, { visible: true });
    view.setClip({ min: view.bounds.min, max: pointLPS(40, 40, 40) });
    const clipped = seen();
    return { triangles: view.surfaces.map(({ triangles }) => triangles), progress, front, back, hidden, clipped, marks, picture };
  });
}

/** A bright block in air, ray-cast with the bone preset: lit pixels, alone, clipped away, and switched off. */
async function rayCast(): Promise<{
  readonly lit: Seen;
  readonly half: Seen;
  readonly off: Seen;
  readonly notices: string[];
  readonly picture: string;
}> {
  const geometry = geometryOf(plainGrid([40, 40, 40], [2, 2, 2]));
  const volume = new VolumeImage({ geometry, slope: 1, intercept: -1000, range: [0, 2000] });
  const inside = (n: number): boolean => n > 10 && n < 30;
  volume.setVoxels(fill(new Int16Array(64000), geometry, (i, j, k) => (inside(i) && inside(j) && inside(k) ? 2000 : 0)));
  return with3D(async (view) => {
    const notices: string[] = [];
    view.on('notice', ({ code }) => notices.push(code));
    view.setVolume(volume);
    view.lookFrom('A');
    await view.setRendering('ct-bone');
    const bright = (): Seen => new Shot(view).centreOf((r) => r > 100);
    const lit = bright();
    const picture = view.picture().toDataURL();
    view.setClip({ min: view.bounds.min, max: pointLPS(40, 80, 80) });
    const half = bright();
    view.setClip(undefined);
    await view.setRendering(undefined);
    return { lit, half, off: bright(), notices, picture };
  });
}

/** Surfaces and a volume together, lost and regained; then all deleted. */
async function loseContext3D(): Promise<{
  readonly difference: { readonly largest: number; readonly mean: number };
  readonly coloured: number;
  readonly end: SceneCounts;
}> {
  const geometry = geometryOf(plainGrid([60, 40, 40]));
  const result = await with3D(async (view) => {
    view.setVolume(ramp(geometry));
    await view.setSurfaces(balls(geometry, ['#d01010', '#10d010']));
    await view.setRendering('ct-bone');
    view.orbit(25, 10);
    const before = new Shot(view);
    const restored = new Promise<void>((resolve) => view.on('context-restored', () => resolve()));
    const lost = new Promise<void>((resolve) => view.on('context-lost', () => resolve()));
    const extension = view.canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context');
    extension?.loseContext();
    await lost;
    await new Promise((resolve) => setTimeout(resolve));
    extension?.restoreContext();
    await restored;
    const after = new Shot(view);
    return { difference: after.differenceTo(before), coloured: after.centreOf(isRed).pixels + after.centreOf(isGreen).pixels };
  });
  return { ...result, end: sceneCounts() };
}

/** A new label map while the old one is still being extracted, and a deletion in the middle: nothing hangs and nothing is left. */
async function changeOfMind(): Promise<{ readonly shown: number[]; readonly end: SceneCounts }> {
  const geometry = geometryOf(plainGrid([60, 40, 40]));
  const shown = await with3D(async (view) => {
    const first = view.setSurfaces(balls(geometry, ['#d01010', '#10d010', '#1010d0']));
    await view.setSurfaces(balls(geometry, ['#d01010']));
    await first;
    const values = view.surfaces.map(({ value }) => value);
    void view.setSurfaces(balls(geometry, ['#d01010', '#10d010']));
    return values;
  });
  return { shown, end: sceneCounts() };
}

/** One turn in four pictures. */
async function turntable(): Promise<{ readonly width: number; readonly height: number; readonly red: number[] }> {
  const geometry = geometryOf(plainGrid([80, 40, 40]));
  return with3D(async (view) => {
    await view.setSurfaces(balls(geometry, ['#d01010', '#10d010']));
    view.lookFrom('A');
    view.fit();
    const sheet = await view.turntable(4, 2);
    const context = sheet.getContext('2d');
    const red = [0, 1, 2, 3].map((n) => {
      const { data } = context?.getImageData((n % 2) * 300, Math.floor(n / 2) * 300, 300, 300) ?? { data: [] };
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) if (isRed(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0)) sum++;
      return sum;
    });
    return { width: sheet.width, height: sheet.height, red };
  });
}

/** A bright voxel in an oblique plane that was turned and moved: where it is said to be and where it is seen. */
async function obliqueVoxel(
  grid: PlainGeometry,
  point: Triple,
): Promise<{
  readonly computed: { readonly x: number; readonly y: number; readonly depth: number };
  readonly found: Seen;
  readonly lettersBefore: string;
  readonly lettersAfter: string;
}> {
  const { volume, centre } = brightVoxel(geometryOf(grid), point);
  const element = container(300, 300);
  const view = createObliqueView(element);
  try {
    await view.setVolume(volume);
    view.setInterpolation('nearest');
    view.setWindow({ centre: 500, width: 1000 });
    view.setPlane('axial', centre);
    const text = (): string => Object.values(view.letters).join(' ');
    const lettersBefore = text();
    view.rotate('vertical', 30);
    view.rotate('horizontal', -20);
    view.rotate('view', 10);
    view.pan(20, -10);
    view.zoom(2);
    return { computed: view.pixelOf(centre), found: new Shot(view).centreOf((r) => r > 128), lettersBefore, lettersAfter: text() };
  } finally {
    view.delete();
    element.remove();
  }
}

/** Three balls in a turned plane: the colour at the middle of each, first all, then with one hidden; and a grey beside them, inverted, too. */
async function obliqueLabels(colours: readonly string[]): Promise<{
  readonly seen: Rgb[];
  readonly hidden: Rgb[];
  readonly grown: Rgb[];
  readonly grey: Rgb;
  readonly inverted: Rgb;
}> {
  const geometry = geometryOf(plainGrid([60, 30, 30]));
  const volume = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 1000] });
  volume.setVoxels(new Int16Array(54_000).fill(200));
  const labels = balls(geometry, colours);
  const element = container(300, 300);
  const view = createObliqueView(element);
  const places = colours.map((_, n) => pointLPS(((n + 0.5) * 60) / colours.length - 0.5, 14.5, 14.5));
  const at = (): Rgb[] => places.map((place) => new Shot(view).at(view.pixelOf(place)));
  const corner = (): Rgb => new Shot(view).at(view.pixelOf(pointLPS(3, 14.5, 14.5)));
  try {
    await view.setVolume(volume);
    view.setWindow({ centre: 500, width: 1000 });
    view.setLabels(labels);
    view.setLabelStyle({ fill: 1, outline: 0 });
    view.setPlane('axial', pointLPS(30, 14.5, 14.5));
    // About the line through the middles of the balls, and in itself.
    view.rotate('horizontal', 35);
    view.rotate('view', 25);
    const seen = at();
    labels.setLook(2, { visible: false });
    const hidden = at();
    labels.voxels.fill(3);
    labels.changed();
    const grown = at();
    labels.setLook(3, { visible: false });
    const grey = corner();
    view.setInvert(true);
    return { seen, hidden, grown, grey, inverted: corner() };
  } finally {
    view.delete();
    element.remove();
  }
}

type Rgb = [number, number, number];

/** A large volume in an oblique view: what it was reduced to, and whether it shows. */
async function obliqueLarge(dims: Triple): Promise<{ readonly notices: string[]; readonly lit: number }> {
  const element = container(300, 300);
  const view = createObliqueView(element);
  const notices: string[] = [];
  view.on('notice', ({ values }) => notices.push(String(values['voxels'])));
  await view.setVolume(ramp(geometryOf(plainGrid(dims))));
  view.rotate('horizontal', 40);
  view.setSlab({ thickness: 10, mode: 'maximum' });
  const lit = new Shot(view).centreOf((r) => r > 40).pixels;
  view.delete();
  element.remove();
  return { notices, lit };
}

async function gpu(): Promise<GpuLimits | undefined> {
  await Promise.resolve();
  return probeGpu();
}

export const spaceScenarios = {
  organSurfaces,
  rayCast,
  loseContext3D,
  changeOfMind,
  turntable,
  obliqueVoxel,
  obliqueLabels,
  obliqueLarge,
  gpu,
};
