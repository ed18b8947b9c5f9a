import type { ObliqueView, SliceView, VolumeView3D } from '../../scene/index.ts';
import type { App } from '../../state/app.svelte.ts';
import type { CommandId } from '../../state/commands.ts';
import { panesOf, type Layout } from '../../state/layout.ts';
import type { MeasurementKind } from '../../state/measurement.ts';
import type { Tool } from '../../state/reading.svelte.ts';
import { axisTowards } from '../../state/steps.ts';

/** What the commands of the reading room act on. */
export interface ReadingTarget {
  /** The active slice view. */
  readonly view: () => SliceView | undefined;
  readonly volumeView: () => VolumeView3D | undefined;
  readonly obliqueView: () => ObliqueView | undefined;
  readonly views: () => readonly SliceView[];
  readonly findOrgan: () => void;
  readonly picture: (withPatientData: boolean) => void;
}

const MEASURING: readonly Tool[] = ['distance', 'angle', 'rectangle', 'ellipse'];

export function isMeasuring(tool: Tool): tool is MeasurementKind {
  return MEASURING.includes(tool);
}

/** What can be measured in any plane: the shapes lie along the voxels of a slice. */
export function isLine(tool: Tool): tool is 'distance' | 'angle' {
  return tool === 'distance' || tool === 'angle';
}

/** The commands of the reading room. */
export function readingCommands(app: App, target: ReadingTarget): Partial<Record<CommandId, () => void>> {
  const { reading, library, labelling } = app;
  const { measurements, organs } = reading;

  const slices = (steps: number) => (): void => {
    const view = target.view();
    if (view) reading.step(view.axis, steps * view.towards);
  };
  const toSlice = (last: boolean) => (): void => {
    const view = target.view();
    if (view) reading.goTo(view.axis, last === view.towards > 0 ? view.slices - 1 : 0);
  };
  /** One voxel along the axis that runs most along a direction of the screen. */
  const move = (direction: 'right' | 'up', sign: number) => (): void => {
    const [view, volume] = [target.view(), reading.volume];
    if (!view || !volume) return;
    const towards = axisTowards(volume.geometry, view.directions[direction]);
    reading.step(towards.axis, towards.sign * sign);
  };
  const tool = (chosen: Tool) => (): void => {
    reading.tool = chosen;
    measurements.draft = null;
  };
  const layout = (chosen: Layout) => (): void => {
    reading.layout = chosen;
  };
  const zoom = (factor: number) => (): void => {
    if (reading.active === '3d') target.volumeView()?.zoom(factor);
    else if (reading.active === 'oblique') target.obliqueView()?.zoom(factor);
    else target.view()?.zoom(factor);
  };
  const neighbour = (step: number) => (): void => {
    const list = library.shown;
    const at = list.findIndex(({ id }) => id === reading.scan?.id);
    const next = list[at + step];
    if (next) void app.read(next.id);
  };
  const toUncertain = async (): Promise<void> => {
    const place = await organs.nextUncertain();
    if (place) reading.point = place.point;
    else app.toasts.show({ tone: 'plain', title: app.t.organs.noUncertain });
  };
  const preset = (place: number) => (): void => reading.takePreset(place);

  return {
    preset1: preset(0),
    preset2: preset(1),
    preset3: preset(2),
    preset4: preset(3),
    preset5: preset(4),
    preset6: preset(5),
    preset7: preset(6),
    preset8: preset(7),
    preset9: preset(8),
    invert: () => (reading.invert = !reading.invert),
    toolCrosshair: tool('crosshair'),
    toolWindow: tool('window'),
    toolPan: tool('pan'),
    toolZoom: tool('zoom'),
    toolDistance: tool('distance'),
    toolAngle: tool('angle'),
    toolRectangle: tool('rectangle'),
    toolEllipse: tool('ellipse'),
    placePoint: () => {
      const { tool, point, active } = reading;
      const view = active === 'oblique' && isLine(tool) ? target.obliqueView() : target.view();
      if (view && point && isMeasuring(tool)) measurements.addPoint(tool, view, point);
    },
    deleteMeasurement: () => {
      if (measurements.selected !== null) measurements.remove(measurements.selected);
    },
    undo: () => (reading.panel === 'label' ? labelling.undo() : measurements.undo()),
    redo: () => {
      if (reading.panel === 'label') labelling.redo();
    },
    labelPanel: () => (reading.panel = 'label'),
    stopDrawing: () => {
      if (measurements.draft) measurements.draft = null;
      else if (labelling.brush.drawing) labelling.brush.cancel();
      else if (labelling.shapes.outline) labelling.shapes.outline = null;
      else if (reading.enlarged !== null) reading.enlarged = null;
      else reading.tool = 'crosshair';
    },
    labels: () => (organs.visible = !organs.visible),
    outline: () => (organs.style = organs.style.fill > 0 ? { fill: 0, outline: 1.5 } : { fill: 0.35, outline: 1.5 }),
    findOrgan: () => target.findOrgan(),
    nextUncertain: () => void app.attempt(toUncertain(), app.t.organs.readFailed),
    crosshair: () => (reading.crosshair = !reading.crosshair),
    interpolation: () => (reading.interpolation = reading.interpolation === 'linear' ? 'nearest' : 'linear'),
    sliceUp: slices(1),
    sliceDown: slices(-1),
    sliceUpTen: slices(10),
    sliceDownTen: slices(-10),
    firstSlice: toSlice(false),
    lastSlice: toSlice(true),
    moveLeft: move('right', -1),
    moveRight: move('right', 1),
    moveUp: move('up', 1),
    moveDown: move('up', -1),
    zoomIn: zoom(1.2),
    zoomOut: zoom(1 / 1.2),
    fit: () => {
      if (reading.active === '3d') target.volumeView()?.fit();
      else if (reading.active === 'oblique') target.obliqueView()?.fit();
      else for (const view of target.views()) view.fit();
    },
    layoutOne: layout('one'),
    layoutRow: layout('row'),
    layoutFour: layout('four'),
    layoutBig3d: layout('big3d'),
    layoutCompare: layout('compare'),
    layoutOblique: layout('oblique'),
    enlarge: () => (reading.enlarged = reading.enlarged === null ? reading.active : null),
    nextPane: () => {
      const panes = reading.layout === 'one' ? (['axial', 'coronal', 'sagittal', '3d'] as const) : panesOf(reading.layout, reading.active);
      const next = panes[(panes.indexOf(reading.active) + 1) % panes.length] ?? 'axial';
      reading.active = next;
      if (reading.enlarged !== null) reading.enlarged = next;
    },
    nextScan: neighbour(1),
    previousScan: neighbour(-1),
    screenshot: () => target.picture(false),
    screenshotPrivate: () => target.picture(true),
    segmentThis: () => {
      if (reading.scan) app.front = { kind: 'segment', scans: [reading.scan.id] };
    },
  };
}
