import type { ObliqueView, PointLPS, ValueWindow, ViewPoint } from '../../scene/index.ts';
import { draggedWindow, type DragKind } from './gestures.ts';
import type { MeasuringTool } from './measuring-tool.ts';

export interface ObliqueTarget {
  readonly view: () => ObliqueView | undefined;
  /** What the plane is turned about. */
  readonly pivot: () => PointLPS | undefined;
  readonly window: () => ValueWindow;
  readonly setWindow: (window: ValueWindow) => void;
  /** What a drag with the left button does; `draw` gives it to the tool. */
  readonly leftDrag: () => 'turn' | DragKind;
  readonly tool: () => MeasuringTool | undefined;
  /** A click, not a drag. */
  readonly point: (point: PointLPS) => void;
  readonly hover: (point: PointLPS | undefined) => void;
  /** The plane was moved along its normal. */
  readonly moved: () => void;
  readonly active: () => void;
}

/** Degrees a CSS pixel of drag. */
const DEGREES = 0.3;
const KEY_DEGREES = 5;
/** Millimetres a notch of the wheel, or a key; so many times with Shift. */
const STEP = 1;
const LONG_STEP = 10;
/** A press and release this close together (CSS pixels) is a click, not a drag. */
const CLICK = 4;

/**
 * Pointer and wheel on an oblique plane: left as the tool says, otherwise it turns the plane and a click sets the crosshair; right window and
 * level, middle or Shift pan, wheel moves the plane along its normal, Control and wheel zoom.
 * @returns an action for the element that holds the view
 */
export function obliqueGestures(target: ObliqueTarget): (node: HTMLElement) => { destroy(): void } {
  return (node) => {
    let drag: { kind: 'turn' | DragKind; from: ViewPoint; at: ViewPoint; window: ValueWindow } | undefined;

    const placeOf = (event: MouseEvent): ViewPoint => {
      const box = node.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const down = (event: PointerEvent): void => {
      const at = placeOf(event);
      const kind = event.button === 2 ? 'window' : event.button === 1 || event.shiftKey ? 'pan' : target.leftDrag();
      drag = { kind, from: at, at, window: target.window() };
      node.setPointerCapture(event.pointerId);
      target.active();
      const view = target.view();
      if (kind === 'draw' && view) target.tool()?.down({ point: view.worldOf(at) }, view);
    };
    const move = (event: PointerEvent): void => {
      const [at, view] = [placeOf(event), target.view()];
      target.hover(view?.worldOf(at));
      if (!drag || !view) return;
      const [dx, dy] = [at.x - drag.at.x, at.y - drag.at.y];
      if (drag.kind === 'window') target.setWindow(draggedWindow(drag.window, at.x - drag.from.x, at.y - drag.from.y));
      else if (drag.kind === 'pan') view.pan(dx, dy);
      else if (drag.kind === 'zoom') view.zoom(Math.exp(-dy / 150));
      else if (drag.kind !== 'draw' && Math.hypot(at.x - drag.from.x, at.y - drag.from.y) > CLICK) {
        turn(view, target.pivot(), 'vertical', dx * DEGREES);
        turn(view, target.pivot(), 'horizontal', dy * DEGREES);
      }
      drag = { ...drag, at };
    };
    const up = (event: PointerEvent): void => {
      const [at, view] = [placeOf(event), target.view()];
      if (view && drag?.kind === 'draw') target.tool()?.up({ at, point: view.worldOf(at) }, view);
      if (view && drag?.kind === 'turn' && Math.hypot(at.x - drag.from.x, at.y - drag.from.y) <= CLICK) target.point(view.worldOf(at));
      drag = undefined;
    };
    const cancel = (): void => {
      drag = undefined;
    };
    const roll = (event: WheelEvent): void => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) target.view()?.zoom(Math.exp(-event.deltaY / 400));
      else {
        target.view()?.move(-Math.sign(event.deltaY) * STEP);
        target.moved();
      }
    };
    const leave = (): void => target.hover(undefined);
    const noMenu = (event: Event): void => event.preventDefault();
    const listeners = {
      pointerdown: down,
      pointermove: move,
      pointerup: up,
      pointercancel: cancel,
      pointerleave: leave,
      contextmenu: noMenu,
    } as const;
    for (const [kind, listener] of Object.entries(listeners)) node.addEventListener(kind, listener as EventListener);
    node.addEventListener('wheel', roll, { passive: false });
    return {
      destroy: () => {
        for (const [kind, listener] of Object.entries(listeners)) node.removeEventListener(kind, listener as EventListener);
        node.removeEventListener('wheel', roll);
      },
    };
  };
}

/** The same by keys. @returns what was done: nothing, turned, or moved along the normal */
export function obliqueKeys(
  view: ObliqueView | undefined,
  pivot: PointLPS | undefined,
  event: KeyboardEvent,
): 'nothing' | 'turned' | 'moved' {
  if (!view || event.ctrlKey || event.metaKey || event.altKey) return 'nothing';
  const turns: Record<string, readonly [Parameters<ObliqueView['rotate']>[0], number]> = {
    ArrowLeft: ['vertical', -KEY_DEGREES],
    ArrowRight: ['vertical', KEY_DEGREES],
    ArrowUp: ['horizontal', -KEY_DEGREES],
    ArrowDown: ['horizontal', KEY_DEGREES],
    '[': ['view', KEY_DEGREES],
    ']': ['view', -KEY_DEGREES],
  };
  const steps: Record<string, number> = { PageUp: STEP, PageDown: -STEP };
  const [turned, step] = [turns[event.key], steps[event.key]];
  if (turned && !event.shiftKey) turn(view, pivot, ...turned);
  else if (step !== undefined) view.move(event.shiftKey ? LONG_STEP * step : step);
  else return 'nothing';
  event.preventDefault();
  return turned ? 'turned' : 'moved';
}

/** Turns the plane about a point, which stays where it is on the screen. */
function turn(view: ObliqueView, pivot: PointLPS | undefined, ...[about, degrees]: Parameters<ObliqueView['rotate']>): void {
  const before = pivot && view.pixelOf(pivot);
  view.rotate(about, degrees);
  if (!pivot || !before) return;
  const after = view.pixelOf(pivot);
  view.move(after.depth - before.depth);
  view.pan(before.x - after.x, before.y - after.y);
}
