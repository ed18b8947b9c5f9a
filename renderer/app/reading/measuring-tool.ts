import type { PointLPS } from '../../scene/index.ts';
import type { MeasurementKind } from '../../state/measurement.ts';
import type { Measurements } from '../../state/measurements.svelte.ts';
import type { PointerTool } from './pointer-tool.ts';

/** A press and release this close together (CSS pixels) is a click, not a drag. */
const CLICK = 5;

/** Measuring: points are set by clicks, or the first two by one drag. */
export function measuringTool(measurements: Measurements, kind: MeasurementKind): PointerTool {
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
