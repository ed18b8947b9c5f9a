import type { SliceView } from '../../scene/index.ts';
import type { App } from '../../state/app.svelte.ts';
import type { CommandId } from '../../state/commands.ts';
import { isBrush, isLabelTool, type LabelTool } from '../../state/label-tool.ts';

/** The commands for drawing labels. @param view the active slice view */
export function labellingCommands(app: App, view: () => SliceView | undefined): Partial<Record<CommandId, () => void>> {
  const { reading, labelling } = app;
  const { brush, shapes, settings } = labelling;
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
    else shapes.add(shown.axis, shown.slice, point);
  };
  const close = (): void => {
    const { tool: chosen } = reading;
    if (chosen === 'lasso' || chosen === 'polygon' || chosen === 'scissors') shapes.close(chosen);
  };

  return {
    labelBrush: tool('brush'),
    labelErase: tool('erase'),
    labelThreshold: tool('threshold'),
    labelLasso: tool('lasso'),
    labelPolygon: tool('polygon'),
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
    segmentTool: () => void labelling.tools.run(...axesOf(app, view())),
  };
}

/** The axes that tools for a whole segment ask for: across the slices looked at, and along the patient's left and right. */
export function axesOf(app: App, view: Pick<SliceView, 'axis'> | undefined): readonly [across: 0 | 1 | 2, leftRight: 0 | 1 | 2] {
  const { direction } = app.reading.volume?.geometry ?? {};
  const along = (direction ?? []).map(([x]) => Math.abs(x));
  const leftRight = along.indexOf(Math.max(...along));
  return [view?.axis ?? 2, leftRight === 1 || leftRight === 2 ? leftRight : 0];
}
