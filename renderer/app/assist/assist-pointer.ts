import type { App } from '../../state/app.svelte.ts';
import type { AssistTool } from '../../state/assist-tool.ts';
import type { PointLPS, ViewPoint } from '../../scene/index.ts';
import type { PointerTool } from '../reading/pointer-tool.ts';

/** A press and release this close together (CSS pixels) is a click, not a drag. */
const CLICK = 5;

/** What a tool that asks a model, or takes over what it proposes, does with the left button. */
export function assistPointer(app: App, tool: AssistTool): PointerTool {
  const { prompts, proposals, labelling } = app;
  // A second click says something of another place, and is no wish for a larger view.
  const again = (): boolean => true;
  switch (tool) {
    case 'ask': {
      let [from, moved]: [ViewPoint, boolean] = [{ x: 0, y: 0 }, false];
      return {
        down: ({ at, point, alternate }) => {
          [from, moved] = [at, false];
          prompts.begin(point, alternate);
        },
        move: ({ at, point }) => {
          moved ||= Math.hypot(at.x - from.x, at.y - from.y) > CLICK;
          if (moved) prompts.to(point);
        },
        up: () => prompts.end(moved),
        cancel: () => prompts.cancelDraft(),
        again,
      };
    }
    case 'askBox': {
      let from: { readonly at: ViewPoint; readonly point: PointLPS } | undefined;
      return {
        down: ({ at, point }) => (from = { at, point }),
        move: ({ at, point }, view) => {
          if (from && Math.hypot(at.x - from.at.x, at.y - from.at.y) > CLICK) prompts.drawBox(view.axis, from.point, point);
        },
        up: () => prompts.endBox(),
        cancel: () => prompts.cancelDraft(),
        again,
      };
    }
    case 'acceptHere':
      return {
        down: ({ point, pressure }, view) => proposals.brush.begin(view.axis, point, pressure),
        move: ({ point, pressure }) => proposals.brush.to(point, pressure),
        up: () => proposals.brush.end(),
        cancel: () => proposals.brush.end(),
        again,
        resize: (steps) => labelling.settings.resize(steps),
      };
    case 'acceptIsland':
      return {
        down: ({ point, alternate }) => {
          if (alternate) void app.attempt(proposals.rejectIsland(point), app.t.assist.rejectFailed);
          else proposals.takeIsland(point);
        },
        again,
      };
  }
}
