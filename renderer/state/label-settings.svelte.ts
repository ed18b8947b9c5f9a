import type { Triple } from '../../core/imaging/volume.ts';
import { SMALLEST_RADIUS, LARGEST_RADIUS, steppedRadius, type Over } from './label-tool.ts';
import type { SegmentTool } from './segment-tool.ts';
import { numberWithin, oneOf, readStored, writeStored, type KeyValueStore } from './stored.ts';

/** How the labelling tools are set; kept in the browser where people expect it. */
export class LabelSettings {
  #radius = $state(5);
  #shape = $state<'circle' | 'sphere'>('circle');
  over = $state<Over>('everything');
  /** The eraser spares other segments than the active one. */
  eraseOnlyActive = $state(false);
  /** Scan values that the threshold brush paints; the next stroke sets it where it is null. */
  range = $state.raw<readonly [number, number] | null>(null);
  /** The fill tool stays within so much of the value it begins at; null fills by the label. */
  spread = $state<number | null>(null);
  /** Fill and scissors reach through the volume, not only the slice. */
  through = $state(false);
  segmentTool = $state<SegmentTool>('between');
  millimetres = $state(3);
  /** Islands of fewer millilitres are small. */
  smallest = $state(0.1);
  /** Number of the other segment of an operation between two. */
  other = $state<number | null>(null);
  /** Filling between slices looks at the scan, too. */
  followScan = $state(false);
  /** How far a segment is moved: millimetres towards the patient's left, back and head. */
  shift = $state.raw<Triple>([0, 0, 0]);
  degrees = $state(0);
  /** What is moved, turned or mirrored also stays where it was. */
  keep = $state(false);
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
    this.#radius = readStored(store, 'tessera.brush.radius', numberWithin(SMALLEST_RADIUS, LARGEST_RADIUS), 5);
    this.#shape = readStored(store, 'tessera.brush.shape', oneOf('circle', 'sphere'), 'circle');
  }

  /** Of the brush, in millimetres. */
  get radius(): number {
    return this.#radius;
  }

  set radius(radius: number) {
    this.#radius = radius;
    writeStored(this.#store, 'tessera.brush.radius', radius);
  }

  get shape(): 'circle' | 'sphere' {
    return this.#shape;
  }

  set shape(shape: 'circle' | 'sphere') {
    this.#shape = shape;
    writeStored(this.#store, 'tessera.brush.shape', shape);
  }

  resize(steps: number): void {
    this.radius = steppedRadius(this.#radius, steps);
  }
}
