import { TesseraError } from '../base/errors.ts';

/** Why voxels were left alone. `segment`: they belong to it already; `empty`: the eraser finds nothing there. */
export type LeftAlone = 'locked' | 'kept' | 'outOfRange' | 'segment' | 'empty';

/** Reasons that need nothing beside their name. */
const PLAIN = [
  /** The segment to paint, or everything that would change. */
  'segmentLocked',
  'backgroundLocked',
  'allLocked',
  /** Everything that would change is nothing that may be painted over, or has other scan values. */
  'allKept',
  'allOutOfRange',
  'outsideScan',
  'noScanValue',
  /** Of islands: the place has none; every one is smaller than the limit; there is only one. */
  'noIslandHere',
  'allSmaller',
  'oneIsland',
  'backgroundChosen',
  'emptyAlready',
  'unchanged',
  'wouldLieOutside',
  'noLine',
  'noSeeds',
  'fewSeeds',
  'noGap',
  'fewPoints',
  /** Of a proposal: all of it was drawn here differently, or is here already. */
  'drawnDifferently',
  'nothingNew',
] as const;
export type PlainRefusal = (typeof PLAIN)[number];

/** Why a tool cannot act on what it was given. The page words it in its user's language. */
export type Refusal =
  | { readonly code: PlainRefusal }
  | { readonly code: 'nothingHere'; readonly because: readonly LeftAlone[]; readonly low: number; readonly high: number }
  | { readonly code: 'numberTooLarge'; readonly value: number; readonly largest: number }
  | { readonly code: 'emptyRange'; readonly low: number; readonly high: number }
  | { readonly code: 'noVoxels' | 'noVoxelsInSlice'; readonly value: number }
  | { readonly code: 'regionTooLarge'; readonly most: number }
  | { readonly code: 'wouldVanish' | 'badMillimetres'; readonly mm: number }
  | { readonly code: 'badLimit'; readonly limit: number };

export function isPlainRefusal(refusal: Refusal): refusal is { readonly code: PlainRefusal } {
  return PLAIN.some((code) => code === refusal.code);
}

/** What is wrong with them is how the tool is set, not the labels. */
const SETTINGS: readonly Refusal['code'][] = ['emptyRange', 'outsideScan', 'regionTooLarge', 'badMillimetres', 'badLimit', 'fewPoints'];

/** A tool cannot act. Its message names the reason for programs and their logs; people read it as the page words it. */
export class ToolRefusal extends TesseraError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    const { code, ...about } = refusal;
    super(SETTINGS.includes(code) ? 'bad-setting' : 'bad-labels', `The tool cannot act: ${[code, ...numbersOf(about)].join(' ')}.`);
    this.refusal = refusal;
  }
}

function numbersOf(about: object): string[] {
  return Object.entries(about).map(([name, value]: [string, unknown]) => `${name}=${String(value)}`);
}
