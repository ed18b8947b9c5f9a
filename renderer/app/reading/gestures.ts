import type { SliceView, ValueWindow, ViewPoint } from '../../scene/index.ts';
import type { PointerTool } from './pointer-tool.ts';

/** What a drag does: moves the crosshair, window and level, the picture, the zoom, or uses the tool. */
export type DragKind = 'point' | 'window' | 'pan' | 'zoom' | 'draw';

export interface GestureTarget {
  readonly view: () => SliceView | undefined;
  readonly leftDrag: () => DragKind;
  readonly window: () => ValueWindow;
  /** Towards superior, posterior or left for a positive number. */
  readonly scroll: (slices: number) => void;
  readonly point: (at: ViewPoint) => void;
  readonly setWindow: (window: ValueWindow) => void;
  readonly hover: (at: ViewPoint | undefined) => void;
  /** Takes the left button where {@link leftDrag} is `draw`. */
  readonly tool: () => PointerTool | undefined;
  /** A double click that the tool had no use for. */
  readonly enlarge: () => void;
  readonly active: () => void;
}

/** Wheels report lines, trackpads report pixels: this many pixels make a slice. */
const PIXELS_A_SLICE = 40;
/** The whole window width for this many pixels of drag. */
const PIXELS_A_WINDOW = 300;

/**
 * Pointer and wheel on a slice: left as the tool says (Shift makes it pan), right window and level, middle pan, wheel slices, Control and
 * wheel zoom, Alt (or Shift) and wheel the size of the tool.
 * @returns an action for the element that holds the view
 */
export function gestures(target: GestureTarget): (node: HTMLElement) => { destroy(): void } {
  return (node) => {
    let drag: { kind: DragKind; x: number; y: number; window: ValueWindow; tool: PointerTool | undefined } | undefined;
    let wheel = 0;

    const placeOf = (event: MouseEvent): ViewPoint => {
      const box = node.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };

    /** Gives the tool its place; a tool that draws needs a view. */
    const use = (tool: PointerTool | undefined, event: MouseEvent, how: 'down' | 'move' | 'up' | 'again'): boolean => {
      const view = target.view();
      if (!view || !tool) return false;
      const at = placeOf(event);
      const pressure = event instanceof PointerEvent && event.pointerType === 'pen' ? event.pressure : 1;
      return tool[how]?.({ at, point: view.worldOf(at), pressure, alternate: event.altKey }, view) === true;
    };

    const kindOf = (event: PointerEvent): DragKind =>
      event.button === 1 || (event.button === 0 && event.shiftKey) ? 'pan' : event.button === 2 ? 'window' : target.leftDrag();

    const down = (event: PointerEvent): void => {
      // A second button in the middle of a stroke is no new stroke.
      if (drag?.kind === 'draw') return;
      const at = placeOf(event);
      const kind = kindOf(event);
      drag = { kind, ...at, window: target.window(), tool: kind === 'draw' ? target.tool() : undefined };
      node.setPointerCapture(event.pointerId);
      target.active();
      if (drag.kind === 'point') target.point(at);
      else use(drag.tool, event, 'down');
    };

    const move = (event: PointerEvent): void => {
      const at = placeOf(event);
      target.hover(at);
      if (!drag) return;
      const [dx, dy] = [at.x - drag.x, at.y - drag.y];
      if (drag.kind === 'point') target.point(at);
      else if (drag.kind === 'window') target.setWindow(draggedWindow(drag.window, dx, dy));
      else if (drag.kind === 'pan' || drag.kind === 'zoom') {
        if (drag.kind === 'pan') target.view()?.pan(dx, dy);
        else target.view()?.zoom(Math.exp(-dy / 150));
        drag = { ...drag, ...at };
      } else use(drag.tool, event, 'move');
    };

    const up = (event: PointerEvent): void => {
      // Other buttons may be let go meanwhile.
      if (drag?.kind === 'draw' && event.button !== 0) return;
      use(drag?.tool, event, 'up');
      drag = undefined;
    };

    const cancel = (): void => {
      drag?.tool?.cancel?.();
      drag = undefined;
    };

    const twice = (event: MouseEvent): void => {
      if (!(target.leftDrag() === 'draw' && use(target.tool(), event, 'again'))) target.enlarge();
    };

    const roll = (event: WheelEvent): void => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) {
        target.view()?.zoom(Math.exp(-event.deltaY / 400), placeOf(event));
        return;
      }
      // With Shift some browsers roll sideways.
      const delta = event.deltaY === 0 ? event.deltaX : event.deltaY;
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? delta : Math.sign(delta) * PIXELS_A_SLICE;
      // A notch of a wheel is one slice, however many pixels this system makes of it.
      wheel += Math.abs(pixels) >= PIXELS_A_SLICE ? Math.sign(pixels) * PIXELS_A_SLICE : pixels;
      const slices = Math.trunc(wheel / PIXELS_A_SLICE);
      wheel -= slices * PIXELS_A_SLICE;
      if (slices === 0) return;
      const tool = event.altKey || event.shiftKey ? target.tool() : undefined;
      if (tool?.resize) tool.resize(-slices);
      else target.scroll(-slices);
    };

    const leave = (): void => target.hover(undefined);
    const noMenu = (event: Event): void => event.preventDefault();
    const listeners = {
      pointerdown: down,
      pointermove: move,
      pointerup: up,
      pointercancel: cancel,
      pointerleave: leave,
      dblclick: twice,
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

/** To the right widens the window, upwards makes it brighter (a lower centre). */
export function draggedWindow({ centre, width }: ValueWindow, dx: number, dy: number): ValueWindow {
  return { width: Math.max(width * Math.exp(dx / PIXELS_A_WINDOW), 1e-6), centre: centre + (dy / PIXELS_A_WINDOW) * width };
}
