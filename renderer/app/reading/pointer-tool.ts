import type { PointLPS, SliceView, ViewPoint } from '../../scene/index.ts';

/** Where a tool is used: in the view, in the patient (in the slice shown), and how hard a pen presses (1 for a mouse). */
export interface ToolPlace {
  readonly at: ViewPoint;
  readonly point: PointLPS;
  readonly pressure: number;
  /** Alt is held: the other of two things that a tool can do. */
  readonly alternate: boolean;
}

/** What the left button does in a slice. A press begins with `down` and ends with `up` or `cancel`. */
export interface PointerTool {
  down(place: ToolPlace, view: SliceView): void;
  /** While the button is down. */
  move?(place: ToolPlace, view: SliceView): void;
  up?(place: ToolPlace, view: SliceView): void;
  /** The system took the pointer away. */
  cancel?(): void;
  /** A second press soon after the first, at the same place. @returns whether the tool took it */
  again?(place: ToolPlace, view: SliceView): boolean;
  /** Wheel with Alt or Shift: larger or smaller by steps. */
  resize?(steps: number): void;
}
