import type { ObliqueView, PointLPS, SliceView } from '../../scene/index.ts';
import type { MeasurementKind } from '../../state/measurement.ts';
import type { Measurements } from '../../state/measurements.svelte.ts';
import type { ToolPlace } from './pointer-tool.ts';

/** A press and release this close together (CSS pixels) is a click, not a drag. */
const CLICK = 5;

/** What the left button does in a slice or in an oblique plane. */
export interface MeasuringTool {
  down(place: Pick<ToolPlace, 'point'>, view: SliceView | ObliqueView): void;
  up(place: Pick<ToolPlace, 'at' | 'point'>, view: SliceView | ObliqueView): void;
}

/** Measuring: points are set by clicks, or the first two by one drag. */
export function measuringTool(measurements: Measurements, kind: MeasurementKind): MeasuringTool {
  let pressed: PointLPS | undefined;
  return {
    down: ({ point }, view) => {
      pressed = point;
      measurements.addPoint(kind, view, point);
    },
    up: ({ at, point }, view) => {
      if (!pressed || measurements.draft?.points.length !== 1) return;
      const from = view.pixelOf(pressed);
      if (Math.hypot(at.x - from.x, at.y - from.y) > CLICK) measurements.addPoint(kind, view, point);
    },
  };
}
