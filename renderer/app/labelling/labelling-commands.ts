import type { SliceView } from '../../scene/index.ts';
import type { App } from '../../state/app.svelte.ts';
import type { CommandId } from '../../state/commands.ts';
import { isBrush, isLabelTool, isOutline, type LabelTool } from '../../state/label-tool.ts';
import { segmentPlane, type SegmentPlane } from '../../state/segment-place.ts';
import { axisTowards } from '../../state/steps.ts';

/** The commands for drawing labels. @param view the active slice view */
export function labellingCommands(app: App, view: () => SliceView | undefined): Partial<Record<CommandId, () => void>> {
  const { reading, labelling } = app;
  const { brush, shapes, wire, settings, seeds } = labelling;
  const t = app.t.labelling;

  const tool = (chosen: LabelTool) => (): void => {
    reading.tool = chosen;
    shapes.outline = null;
    labelling.notice = null;
  };
  const neighbour = (step: number) => (): void => {
    const { segments } = labelling;
    const at = segments.findIndex(({ value }) => value === labelling.value);
    const next = segments[(at + step + segments.length) % segments.length];
    if (next) labelling.value = next.value;
  };
  /** The tool where the crosshair is, for who draws by keys. */
  const here = (): void => {
    const [shown, { point, tool: chosen }] = [view(), reading];
    if (!shown || !point || !isLabelTool(chosen)) return;
    if (isBrush(chosen)) brush.dab(chosen, shown.axis, point);
    else if (chosen === 'fill') shapes.fill(shown.axis, point);
    else if (chosen === 'pick') shapes.pick(point);
    else if (chosen === 'wire') wire.fix(shown.axis, shown.slice, point);
    else if (chosen === 'trace') wire.fillLevel(shown.axis, shown.slice, point);
    else shapes.add(shown.axis, shown.slice, point);
  };
  const close = (): void => {
    const { tool: chosen } = reading;
    if (chosen === 'wire') wire.close();
    else if (isOutline(chosen)) shapes.close(chosen);
  };

  /** The segment by one voxel along the axis that runs most along a direction of the screen. */
  const nudge = (direction: 'right' | 'up', sign: 1 | -1) => (): void => {
    const [shown, { volume }] = [view(), reading];
    if (!shown || !volume) return;
    const towards = axisTowards(volume.geometry, shown.directions[direction]);
    void labelling.tools.nudge(towards.axis, towards.sign * sign);
  };

  return {
    labelBrush: tool('brush'),
    labelErase: tool('erase'),
    labelThreshold: tool('threshold'),
    labelLasso: tool('lasso'),
    labelPolygon: tool('polygon'),
    labelWire: tool('wire'),
    labelTrace: tool('trace'),
    labelScissors: tool('scissors'),
    labelFill: tool('fill'),
    labelPick: tool('pick'),
    ...(isLabelTool(reading.tool) ? { labelHere: here, labelClose: close } : {}),
    brushSmaller: () => settings.resize(-1),
    brushLarger: () => settings.resize(1),
    brushShape: () => (settings.shape = settings.shape === 'circle' ? 'sphere' : 'circle'),
    nextSegment: neighbour(1),
    previousSegment: neighbour(-1),
    newSegment: () => labelling.addSegment(),
    lockSegment: () => {
      const { active } = labelling;
      if (active) labelling.change(active.value, { locked: !active.locked }, t.steps.lock(active.name));
    },
    segmentDone: () => {
      const { active } = labelling;
      if (active) labelling.change(active.value, { state: active.state === 'done' ? 'working' : 'done' }, t.steps.state(active.name));
    },
    segmentTool: () => {
      const plane = planeOf(app, view());
      if (plane) void labelling.tools.run(plane, reading.point);
    },
    moveSegmentLeft: nudge('right', -1),
    moveSegmentRight: nudge('right', 1),
    moveSegmentUp: nudge('up', 1),
    moveSegmentDown: nudge('up', -1),
    labelLayers: () => (labelling.layers.open = !labelling.layers.open),
    labelVersions: () => (labelling.versions.open = !labelling.versions.open),
    newLayer: () => void app.attempt(labelling.newLayer(t.newLayerName), t.newFailed),
    growSeeds: () => seeds.begin(),
    acceptGrown: () => seeds.accept(),
    discardGrown: () => seeds.discard(),
  };
}

/** How the active view lies in the scan. */
export function planeOf({ reading }: App, view: SliceView | undefined): SegmentPlane | undefined {
  return reading.volume && segmentPlane(reading.volume.geometry, view);
}
