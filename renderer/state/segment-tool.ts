/** Tools that work on the whole segment, away from the page. */
export const SEGMENT_TOOLS = [
  'between',
  'holes',
  'median',
  'gaussian',
  'joint',
  'grow',
  'shrink',
  'hollow',
  'largest',
  'small',
  'split',
  'keepIsland',
  'removeIsland',
  'add',
  'subtract',
  'intersect',
  'copy',
  'invert',
  'values',
  'shift',
  'turn',
  'mirror',
] as const;

export type SegmentTool = (typeof SEGMENT_TOOLS)[number];

const LENGTHS = ['grow', 'shrink', 'hollow', 'median', 'gaussian', 'joint'] as const;
const LOGIC = ['add', 'subtract', 'intersect', 'copy'] as const;
const PLACEMENTS = ['shift', 'turn', 'mirror'] as const;

/** Those that take a length. */
export function takesMillimetres(tool: SegmentTool): tool is (typeof LENGTHS)[number] {
  return LENGTHS.some((other) => other === tool);
}

/** Those that take another segment. */
export function takesOther(tool: SegmentTool): tool is (typeof LOGIC)[number] {
  return LOGIC.some((other) => other === tool);
}

/** Those that bring the segment to another place. */
export function isPlacement(tool: SegmentTool): tool is (typeof PLACEMENTS)[number] {
  return PLACEMENTS.some((other) => other === tool);
}
