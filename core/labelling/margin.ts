import { squaredDistances } from '../imaging/distance-transform.ts';
import type { Box } from '../imaging/box.ts';
import { boxOfValue, maskInBox, voxelsWithin, widenedBox } from './label-box.ts';
import { checkMillimetres, presentBox, shapeDelta } from './box-delta.ts';
import type { LabelArray, LabelDelta } from './label-delta.ts';
import { ToolRefusal } from './refusal.ts';
import { checkRules, type Grid, type PaintRules } from './rules.ts';

/**
 * Grows the segment of the rules by what lies at most `mm` from its voxels (centre to centre, exact, also where spacings differ).
 * @throws TesseraError `bad-labels` for an empty segment or when the rules forbid it all; `bad-setting`
 */
export function growMargin(labels: LabelArray, grid: Grid, rules: PaintRules, mm: number): LabelDelta {
  const { box, mask } = segmentWithRoom(labels, grid, rules, mm);
  return shapeDelta(labels, grid, rules, box, grown(mask, box, grid, mm));
}

/**
 * Takes from the segment of the rules what lies at most `mm` from a voxel of something else. The edge of the scan is nothing else: a
 * segment that is cut by it stays so.
 * @throws TesseraError `bad-labels` for an empty segment, when nothing would be left, or when the rules forbid it all; `bad-setting`
 */
export function shrinkMargin(labels: LabelArray, grid: Grid, rules: PaintRules, mm: number): LabelDelta {
  const { box, mask } = segmentWithRoom(labels, grid, rules, mm);
  const rest = shrunk(mask, box, grid, mm);
  if (!rest.includes(1)) throw nothingLeft(mm);
  return shapeDelta(labels, grid, rules, box, rest);
}

/** Where the surface of a segment runs in the shell that `hollow` makes of it. */
export type ShellSurface = 'outside' | 'middle' | 'inside';

/**
 * Makes the segment of the rules a shell.
 * @param mm how thick
 * @param surface what the present surface becomes: the shell's outside, middle or inside
 * @throws TesseraError `bad-labels` for an empty segment or when the rules forbid it all; `bad-setting`
 */
export function hollow(labels: LabelArray, grid: Grid, rules: PaintRules, mm: number, surface: ShellSurface = 'outside'): LabelDelta {
  const { box, mask } = segmentWithRoom(labels, grid, rules, mm);
  const outwards = { outside: 0, middle: mm / 2, inside: mm }[surface];
  const inwards = mm - outwards;
  const shell = outwards === 0 ? mask.slice() : grown(mask, box, grid, outwards);
  const core = inwards === 0 ? mask : shrunk(mask, box, grid, inwards);
  for (let n = 0; n < shell.length; n++) if (core[n] !== 0) shell[n] = 0;
  return shapeDelta(labels, grid, rules, box, shell);
}

/** The segment in its box with room for a margin. */
function segmentWithRoom(labels: LabelArray, grid: Grid, rules: PaintRules, mm: number): { box: Box; mask: Uint8Array } {
  checkRules(labels, grid, rules);
  checkMillimetres(mm);
  const tight = presentBox(boxOfValue(labels, grid.dims, rules.value), rules.value);
  // One voxel is always needed: what is next to the segment decides how it shrinks.
  const box = widenedBox(tight, voxelsWithin(mm, grid.spacing), grid.dims);
  return { box, mask: maskInBox(labels, grid.dims, box, rules.value) };
}

function grown(mask: Uint8Array, { size }: Box, { spacing }: Grid, mm: number): Uint8Array {
  return within(squaredDistances(mask, size, spacing), mm);
}

function shrunk(mask: Uint8Array, { size }: Box, { spacing }: Grid, mm: number): Uint8Array {
  const taken = within(squaredDistances(mask.map(inverted), size, spacing), mm);
  return taken.map(inverted);
}

const inverted = (inside: number): number => 1 - inside;

function within(squared: Float32Array, mm: number): Uint8Array {
  // A distance of exactly the margin counts, whatever float32 made of it.
  const limit = mm * mm * (1 + 1e-6);
  const near = new Uint8Array(squared.length);
  for (let n = 0; n < near.length; n++) if ((squared[n] as number) <= limit) near[n] = 1;
  return near;
}

function nothingLeft(mm: number): ToolRefusal {
  return new ToolRefusal({ code: 'wouldVanish', mm });
}
