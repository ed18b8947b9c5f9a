import type { VolumeView3D } from '../../scene/index.ts';

/** What can be turned: one 3D view, or several together. */
export type Orbited = Pick<VolumeView3D, 'orbit' | 'pan' | 'zoom' | 'setInteracting'>;

/** Degrees a CSS pixel of drag. */
const DEGREES = 0.4;
const KEY_DEGREES = 10;

/** Pointer and wheel on a 3D view: left turns, right or middle (or Shift) moves, the wheel zooms. @returns an action for its element */
export function orbitGestures(view: () => Orbited | undefined, active: () => void): (node: HTMLElement) => { destroy(): void } {
  return (node) => {
    let drag: { x: number; y: number; pan: boolean } | undefined;
    const down = (event: PointerEvent): void => {
      drag = { x: event.clientX, y: event.clientY, pan: event.button !== 0 || event.shiftKey };
      node.setPointerCapture(event.pointerId);
      view()?.setInteracting(true);
      active();
    };
    const move = (event: PointerEvent): void => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      if (drag.pan) view()?.pan(dx, dy);
      else view()?.orbit(-dx * DEGREES, dy * DEGREES);
      drag = { ...drag, x: event.clientX, y: event.clientY };
    };
    const up = (): void => {
      drag = undefined;
      view()?.setInteracting(false);
    };
    const roll = (event: WheelEvent): void => {
      event.preventDefault();
      view()?.zoom(Math.exp(-event.deltaY / 600));
    };
    const noMenu = (event: Event): void => event.preventDefault();
    node.addEventListener('pointerdown', down);
    node.addEventListener('pointermove', move);
    node.addEventListener('pointerup', up);
    node.addEventListener('pointercancel', up);
    node.addEventListener('contextmenu', noMenu);
    node.addEventListener('wheel', roll, { passive: false });
    return {
      destroy: () => {
        node.removeEventListener('pointerdown', down);
        node.removeEventListener('pointermove', move);
        node.removeEventListener('pointerup', up);
        node.removeEventListener('pointercancel', up);
        node.removeEventListener('contextmenu', noMenu);
        node.removeEventListener('wheel', roll);
      },
    };
  };
}

/** The same by arrow keys; they would change slices elsewhere. */
export function orbitKeys(view: Orbited | undefined, event: KeyboardEvent): void {
  if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
  const turns: Record<string, readonly [number, number]> = {
    ArrowLeft: [KEY_DEGREES, 0],
    ArrowRight: [-KEY_DEGREES, 0],
    ArrowUp: [0, -KEY_DEGREES],
    ArrowDown: [0, KEY_DEGREES],
  };
  const turn = turns[event.key];
  if (!turn || !view) return;
  event.preventDefault();
  view.orbit(...turn);
}
