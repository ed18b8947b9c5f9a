/** Tools that ask a model, or take over what one proposes, at a place in a slice. */
export type AssistTool = 'ask' | 'askBox' | 'acceptHere' | 'acceptIsland';

export const ASSIST_TOOLS: readonly AssistTool[] = ['ask', 'askBox', 'acceptHere', 'acceptIsland'];

export function isAssistTool(tool: string): tool is AssistTool {
  return ASSIST_TOOLS.some((known) => known === tool);
}
