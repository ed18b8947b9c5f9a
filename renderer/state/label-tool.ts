/** Tools that draw labels in a slice. */
export type LabelTool = 'brush' | 'erase' | 'threshold' | 'lasso' | 'polygon' | 'wire' | 'trace' | 'scissors' | 'fill' | 'pick';

export const LABEL_TOOLS: readonly LabelTool[] = [
  'brush',
  'erase',
  'threshold',
  'lasso',
  'polygon',
  'wire',
  'trace',
  'scissors',
  'fill',
  'pick',
];

export function isLabelTool(tool: string): tool is LabelTool {
  return LABEL_TOOLS.some((known) => known === tool);
}

export function isBrush(tool: string): tool is 'brush' | 'erase' | 'threshold' {
  return tool === 'brush' || tool === 'erase' || tool === 'threshold';
}

/** Tools that make an outline, which is closed at once or by another press. */
export type OutlineTool = 'lasso' | 'polygon' | 'wire' | 'trace' | 'scissors';

export function isOutline(tool: string): tool is OutlineTool {
  return tool === 'lasso' || tool === 'polygon' || tool === 'wire' || tool === 'trace' || tool === 'scissors';
}

/** What the tools paint over: one segment by its number. */
export type Over = 'everything' | 'background' | number;

/** Radii of a brush in millimetres. */
export const SMALLEST_RADIUS = 0.5;
export const LARGEST_RADIUS = 60;

/** Larger (or smaller) by steps of an eighth, to a number that people read. */
export function steppedRadius(radius: number, steps: number): number {
  const next = radius * 1.125 ** steps;
  const round = next < 10 ? Math.round(next * 10) / 10 : Math.round(next * 2) / 2;
  // A step always does something.
  const moved = round === radius ? radius + Math.sign(steps) * (radius < 10 ? 0.1 : 0.5) : round;
  return Math.min(LARGEST_RADIUS, Math.max(SMALLEST_RADIUS, Math.round(moved * 10) / 10));
}
