import { keymap } from './keymap.ts';

/** Where a command can be used. `labelling`: in the reading room while labels are drawn; its keys go before those of the room. */
export type Scope = 'everywhere' | 'library' | 'labelling' | 'reading' | 'inspect' | 'work' | 'train' | 'models';

export interface Command {
  readonly scope: Scope;
  /** tinykeys notation (`$mod` is Control, or Command on a Mac); without one it is in the palette only. */
  readonly keys?: string;
}

/** Every command of the page: the palette, the cheat sheet and the tooltips all read this one table; names are in the catalogue. */
export const commands = {
  palette: { scope: 'everywhere', keys: '$mod+k' },
  shortcuts: { scope: 'everywhere', keys: 'Shift+?' },
  changeKeys: { scope: 'everywhere' },
  goLibrary: { scope: 'everywhere', keys: 'F2' },
  goReading: { scope: 'everywhere', keys: 'F3' },
  goInspect: { scope: 'everywhere', keys: 'F4' },
  goWork: { scope: 'everywhere', keys: 'F9' },
  goTrain: { scope: 'everywhere', keys: 'F7' },
  goModels: { scope: 'everywhere', keys: 'F10' },
  nextWork: { scope: 'everywhere', keys: 'F8' },
  improveModel: { scope: 'everywhere' },
  theme: { scope: 'everywhere' },
  language: { scope: 'everywhere' },

  newPretraining: { scope: 'train', keys: 'p' },
  newFinetuning: { scope: 'train', keys: 'f' },

  find: { scope: 'library', keys: '/' },
  importFiles: { scope: 'library', keys: '$mod+o' },
  importFolder: { scope: 'library', keys: '$mod+Shift+o' },
  openSamples: { scope: 'library' },
  openScan: { scope: 'library', keys: 'Enter' },
  segment: { scope: 'library', keys: 's' },
  splitScans: { scope: 'library' },
  whatNext: { scope: 'library', keys: 'n' },
  markScan: { scope: 'library', keys: 'x' },
  removeScan: { scope: 'library', keys: 'Delete' },

  // For the left hand: the other one stays at the mouse.
  labelBrush: { scope: 'labelling', keys: 'd' },
  labelErase: { scope: 'labelling', keys: 'e' },
  labelThreshold: { scope: 'labelling', keys: 't' },
  labelLasso: { scope: 'labelling', keys: 'a' },
  labelPolygon: { scope: 'labelling', keys: 'q' },
  labelWire: { scope: 'labelling', keys: 'Shift+q' },
  labelTrace: { scope: 'labelling', keys: 'Shift+w' },
  labelScissors: { scope: 'labelling', keys: 'r' },
  labelFill: { scope: 'labelling', keys: 'g' },
  labelPick: { scope: 'labelling', keys: 's' },
  askModel: { scope: 'labelling', keys: 'w' },
  askBox: { scope: 'labelling', keys: 'Shift+r' },
  askOpposite: { scope: 'labelling', keys: 'Shift+z' },
  acceptProposed: { scope: 'labelling', keys: 'v' },
  declineProposed: { scope: 'labelling', keys: 'x' },
  acceptHere: { scope: 'labelling', keys: 'Shift+e' },
  acceptIsland: { scope: 'labelling', keys: 'Shift+c' },
  decideNext: { scope: 'labelling', keys: 'y' },
  decidePrevious: { scope: 'labelling', keys: 'Shift+y' },
  labelLayers: { scope: 'labelling', keys: 'Shift+o' },
  labelVersions: { scope: 'labelling', keys: 'Shift+v' },
  newLayer: { scope: 'labelling' },
  labelHere: { scope: 'labelling', keys: 'Enter' },
  labelClose: { scope: 'labelling', keys: 'Shift+Enter' },
  brushSmaller: { scope: 'labelling', keys: '[' },
  brushLarger: { scope: 'labelling', keys: ']' },
  brushShape: { scope: 'labelling', keys: 'Shift+d' },
  nextSegment: { scope: 'labelling', keys: 'b' },
  previousSegment: { scope: 'labelling', keys: 'Shift+b' },
  newSegment: { scope: 'labelling', keys: 'Shift+a' },
  lockSegment: { scope: 'labelling', keys: 'Shift+x' },
  segmentDone: { scope: 'labelling', keys: 'Shift+f' },
  segmentTool: { scope: 'labelling', keys: 'Shift+g' },
  moveSegmentLeft: { scope: 'labelling', keys: '$mod+ArrowLeft' },
  moveSegmentRight: { scope: 'labelling', keys: '$mod+ArrowRight' },
  moveSegmentUp: { scope: 'labelling', keys: '$mod+ArrowUp' },
  moveSegmentDown: { scope: 'labelling', keys: '$mod+ArrowDown' },
  growSeeds: { scope: 'labelling', keys: 'Shift+s' },
  acceptGrown: { scope: 'labelling', keys: 'Shift+t' },
  discardGrown: { scope: 'labelling' },

  preset1: { scope: 'reading', keys: '1' },
  preset2: { scope: 'reading', keys: '2' },
  preset3: { scope: 'reading', keys: '3' },
  preset4: { scope: 'reading', keys: '4' },
  preset5: { scope: 'reading', keys: '5' },
  preset6: { scope: 'reading', keys: '6' },
  preset7: { scope: 'reading', keys: '7' },
  preset8: { scope: 'reading', keys: '8' },
  preset9: { scope: 'reading', keys: '9' },
  invert: { scope: 'reading', keys: 'n' },
  toolCrosshair: { scope: 'reading', keys: 'c' },
  toolWindow: { scope: 'reading', keys: 'w' },
  toolPan: { scope: 'reading', keys: 'p' },
  toolZoom: { scope: 'reading', keys: 'z' },
  toolDistance: { scope: 'reading', keys: 'd' },
  toolAngle: { scope: 'reading', keys: 'a' },
  toolRectangle: { scope: 'reading', keys: 'r' },
  toolEllipse: { scope: 'reading', keys: 'e' },
  placePoint: { scope: 'reading', keys: 'Enter' },
  deleteMeasurement: { scope: 'reading', keys: 'Delete' },
  undo: { scope: 'reading', keys: '$mod+z' },
  redo: { scope: 'reading', keys: '$mod+Shift+z' },
  labelPanel: { scope: 'reading', keys: 'l' },
  stopDrawing: { scope: 'reading', keys: 'Escape' },
  labels: { scope: 'reading', keys: 'Space' },
  outline: { scope: 'reading', keys: 'o' },
  findOrgan: { scope: 'reading', keys: '/' },
  crosshair: { scope: 'reading', keys: 'x' },
  interpolation: { scope: 'reading', keys: 'i' },
  sliceUp: { scope: 'reading', keys: 'ArrowUp' },
  sliceDown: { scope: 'reading', keys: 'ArrowDown' },
  sliceUpTen: { scope: 'reading', keys: 'PageUp' },
  sliceDownTen: { scope: 'reading', keys: 'PageDown' },
  firstSlice: { scope: 'reading', keys: 'Home' },
  lastSlice: { scope: 'reading', keys: 'End' },
  moveLeft: { scope: 'reading', keys: 'Shift+ArrowLeft' },
  moveRight: { scope: 'reading', keys: 'Shift+ArrowRight' },
  moveUp: { scope: 'reading', keys: 'Shift+ArrowUp' },
  moveDown: { scope: 'reading', keys: 'Shift+ArrowDown' },
  zoomIn: { scope: 'reading', keys: '+' },
  zoomOut: { scope: 'reading', keys: '-' },
  fit: { scope: 'reading', keys: 'f' },
  layoutOne: { scope: 'reading', keys: 'Alt+Digit1' },
  layoutRow: { scope: 'reading', keys: 'Alt+Digit2' },
  layoutFour: { scope: 'reading', keys: 'Alt+Digit3' },
  layoutBig3d: { scope: 'reading', keys: 'Alt+Digit4' },
  layoutCompare: { scope: 'reading', keys: 'Alt+Digit5' },
  layoutOblique: { scope: 'reading', keys: 'Alt+Digit6' },
  enlarge: { scope: 'reading', keys: 'm' },
  nextPane: { scope: 'reading', keys: 'v' },
  nextScan: { scope: 'reading', keys: '.' },
  previousScan: { scope: 'reading', keys: ',' },
  screenshot: { scope: 'reading', keys: '$mod+Shift+s' },
  screenshotPrivate: { scope: 'reading', keys: '$mod+Shift+e' },
  segmentThis: { scope: 'reading', keys: 's' },
  cineBack: { scope: 'reading', keys: 'h' },
  cinePlay: { scope: 'reading', keys: 'j' },
  cineForward: { scope: 'reading', keys: 'k' },
  nextUncertain: { scope: 'reading', keys: 'u' },
  reviewPanel: { scope: 'reading', keys: 'Shift+l' },
  commentHere: { scope: 'reading', keys: 'Shift+n' },
  nextReaderDifference: { scope: 'reading', keys: 'Shift+u' },
  submitThis: { scope: 'reading', keys: '$mod+Enter' },

  newSeed: { scope: 'inspect', keys: 'r' },
  lessMasked: { scope: 'inspect', keys: '[' },
  moreMasked: { scope: 'inspect', keys: ']' },
  previousEpoch: { scope: 'inspect', keys: ',' },
  nextEpoch: { scope: 'inspect', keys: '.' },
  globalView: { scope: 'inspect', keys: 'g' },
  localView: { scope: 'inspect', keys: 'l' },
  showFeatures: { scope: 'inspect', keys: 'f' },
  showSimilar: { scope: 'inspect', keys: 's' },
  viewHere: { scope: 'inspect', keys: 'c' },

  newEvaluation: { scope: 'models', keys: 'n' },
  compareModels: { scope: 'models', keys: 'c' },

  findWork: { scope: 'work', keys: '/' },
  assignScans: { scope: 'work', keys: 'a' },
  onlyMine: { scope: 'work', keys: 'm' },
  openWork: { scope: 'work', keys: 'Enter' },
  submitWork: { scope: 'work', keys: 's' },
  approveWork: { scope: 'work', keys: 'g' },
  returnWork: { scope: 'work', keys: 'r' },
  removeWork: { scope: 'work', keys: 'Delete' },
} as const satisfies Record<string, Command>;

export type CommandId = keyof typeof commands;

export const commandIds = Object.keys(commands) as CommandId[];

export function isCommand(id: string): id is CommandId {
  return Object.hasOwn(commands, id);
}

/** The keys of a command: what the user gave it, or its first ones. */
export function keysOf(id: CommandId): string | undefined {
  const { changed } = keymap;
  return id in changed ? (changed[id] ?? undefined) : firstKeys(id);
}

/** The keys that a command has before anybody changes them. */
export function firstKeys(id: CommandId): string | undefined {
  const command: Command = commands[id];
  return command.keys;
}

export function scopeOf(id: CommandId): Scope {
  return commands[id].scope;
}

/** Pairs of commands that one press would mean at the same time: same keys in one scope, or in a scope and everywhere. */
export function clashes(table: Readonly<Record<string, Command>>): (readonly [string, string])[] {
  const entries = Object.entries(table).filter(([, { keys }]) => keys !== undefined);
  return entries.flatMap(([id, command], index) =>
    entries
      .slice(index + 1)
      .filter(([, other]) => meet(command.scope, other.scope) && command.keys?.toLowerCase() === other.keys?.toLowerCase())
      .map(([other]) => [id, other] as const),
  );
}

/** The commands that stand in the way of giving a command these keys. */
export function inTheWay(id: CommandId, keys: string): readonly CommandId[] {
  return commandIds.filter(
    (other) => other !== id && keysOf(other)?.toLowerCase() === keys.toLowerCase() && meet(scopeOf(id), scopeOf(other)),
  );
}

function meet(a: Scope, b: Scope): boolean {
  return a === b || a === 'everywhere' || b === 'everywhere';
}
