import type { SliceView } from '../../scene/index.ts';
import type { App } from '../../state/app.svelte.ts';
import { isAssistTool, type AssistTool } from '../../state/assist-tool.ts';
import type { CommandId } from '../../state/commands.ts';

type Handlers = Partial<Record<CommandId, () => void>>;

/** The commands for a model's help with drawing. @param view the active slice view */
export function assistCommands(app: App, view: () => SliceView | undefined): Handlers {
  const { reading, labelling, prompts, proposals, tour } = app;
  const t = app.t.assist;
  const tool = (chosen: AssistTool) => (): void => {
    if ((chosen === 'acceptHere' || chosen === 'acceptIsland') && app.assist.section !== 'proposal') app.assist.choose('proposal');
    reading.tool = chosen;
    labelling.notice = null;
  };
  const step = (by: 1 | -1) => (): void => {
    if (app.assist.section !== 'proposal') app.assist.choose('proposal');
    void tour.step(by);
  };
  /** The tool where the crosshair is, for who works by keys. */
  const here = (): void => {
    const [shown, { point, tool: chosen }] = [view(), reading];
    if (!shown || !point) return;
    if (chosen === 'ask') {
      prompts.begin(point, false);
      prompts.end(false);
    } else if (chosen === 'acceptHere') {
      proposals.brush.begin(shown.axis, point, 1);
      proposals.brush.end();
    } else if (chosen === 'acceptIsland') proposals.takeIsland(point);
  };

  return {
    askModel: tool('ask'),
    askBox: tool('askBox'),
    askOpposite: () => (prompts.negative = !prompts.negative),
    acceptHere: tool('acceptHere'),
    acceptIsland: tool('acceptIsland'),
    decideNext: step(1),
    decidePrevious: step(-1),
    // These lend their keys to the room again once there is nothing to decide.
    ...(prompts.preview ? { acceptProposed: () => prompts.accept() } : tour.current ? { acceptProposed: () => void tour.take() } : {}),
    ...(prompts.marks.length > 0
      ? { declineProposed: () => prompts.discard(), stopDrawing: () => prompts.discard(), undo: () => prompts.undoLast() }
      : tour.current
        ? { declineProposed: () => void tour.keep() }
        : {}),
    ...(prompts.marks.length === 0 && proposals.canTakeBack ? { undo: () => void app.attempt(proposals.takeBack(), t.rejectFailed) } : {}),
    ...(isAssistTool(reading.tool) ? { labelHere: here } : {}),
  };
}
