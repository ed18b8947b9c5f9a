import type { LabelTool } from '../../state/label-tool.ts';
import type { Labelling } from '../../state/labelling.svelte.ts';
import type { PointerTool } from '../reading/pointer-tool.ts';

/** A lasso takes a point for so many CSS pixels. */
const LASSO_STEP = 2;

/** What a tool that draws labels does with the left button. */
export function labelPointer(labelling: Labelling, tool: LabelTool): PointerTool {
  const { brush, shapes, wire, settings } = labelling;
  const resize = (steps: number): void => settings.resize(steps);
  // A second click of a brush is a second dab, and no wish for a larger view.
  const again = (): boolean => true;
  switch (tool) {
    case 'brush':
    case 'erase':
    case 'threshold':
      return {
        down: ({ point, pressure }, view) => brush.begin(tool, view.axis, point, pressure),
        move: ({ point, pressure }) => brush.to(point, pressure),
        up: () => brush.end(),
        // What was drawn before the system took the pointer away stays; undo is at hand.
        cancel: () => brush.end(),
        again,
        resize,
      };
    case 'lasso':
    case 'scissors': {
      let last = { x: 0, y: 0 };
      return {
        down: ({ at, point }, view) => {
          last = at;
          shapes.outline = null;
          shapes.add(view.axis, view.slice, point);
        },
        move: ({ at, point }, view) => {
          if (Math.hypot(at.x - last.x, at.y - last.y) < LASSO_STEP) return;
          last = at;
          shapes.add(view.axis, view.slice, point);
        },
        up: () => shapes.close(tool),
        cancel: () => (shapes.outline = null),
        again,
      };
    }
    case 'polygon':
      return {
        down: ({ point }, view) => shapes.add(view.axis, view.slice, point),
        again: () => {
          shapes.close(tool);
          return true;
        },
      };
    case 'wire':
      return {
        down: ({ point }, view) => wire.fix(view.axis, view.slice, point),
        again: () => {
          wire.close();
          return true;
        },
      };
    case 'trace':
      return { down: ({ point }, view) => wire.fillLevel(view.axis, view.slice, point), again };
    case 'fill':
      return { down: ({ point }, view) => shapes.fill(view.axis, point), again };
    case 'pick':
      return { down: ({ point }) => shapes.pick(point), again };
  }
}
