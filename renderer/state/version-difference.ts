import type { Geometry } from '../../core/imaging/volume.ts';
import type { LabelArray, LabelDelta } from '../../core/labelling/index.ts';
import { LabelImage, type SegmentLook } from '../scene/index.ts';
import { voxelChange } from './voxel-change.ts';

/** Voxels that differ between the present and an earlier label map. */
export interface DifferenceCounts {
  /** Were in no segment. */
  readonly gained: number;
  /** Are in no segment any more. */
  readonly lost: number;
  /** Belong to another segment. */
  readonly changed: number;
}

const GAINED = 1;
const LOST = 2;
const CHANGED = 3;

/** Colours that differ for colour-blind people, too. */
export const DIFFERENCE_LOOKS = {
  gained: { colour: '#f0e442', opacity: 1, visible: true },
  lost: { colour: '#cc79a7', opacity: 1, visible: true },
  changed: { colour: '#56b4e9', opacity: 1, visible: true },
} as const;

/** Where a label map differs from an earlier one, to be drawn; it follows what is drawn. */
export class VersionDifference {
  readonly image: LabelImage;
  readonly #then: LabelArray;
  readonly #counts = new Float64Array(4);

  /** @param then of the same grid */
  constructor(geometry: Geometry, now: LabelArray, then: LabelArray) {
    this.#then = then;
    const marks = new Uint8Array(now.length);
    for (let v = 0; v < marks.length; v++) {
      const mark = markOf(now[v] as number, then[v] as number);
      marks[v] = mark;
      this.#counts[mark] = (this.#counts[mark] as number) + 1;
    }
    const { gained, lost, changed } = DIFFERENCE_LOOKS;
    this.image = new LabelImage(
      geometry,
      marks,
      new Map<number, SegmentLook>([
        [GAINED, gained],
        [LOST, lost],
        [CHANGED, changed],
      ]),
    );
  }

  get counts(): DifferenceCounts {
    const [, gained = 0, lost = 0, changed = 0] = this.#counts;
    return { gained, lost, changed };
  }

  /** A change was applied to the present label map. */
  update(delta: LabelDelta): void {
    const { runs } = delta;
    const marks = this.image.stored;
    for (let r = 0; r < runs.length; r += 4) {
      const [first, length, after] = [runs[r] as number, runs[r + 1] as number, runs[r + 3] as number];
      for (let v = first; v < first + length; v++) {
        const [before, mark] = [marks[v] as number, markOf(after, this.#then[v] as number)];
        this.#counts[before] = (this.#counts[before] as number) - 1;
        this.#counts[mark] = (this.#counts[mark] as number) + 1;
        marks[v] = mark;
      }
    }
    const { box } = voxelChange(this.image, delta);
    if (box) this.image.changed({ box });
  }
}

function markOf(now: number, then: number): number {
  return now === then ? 0 : then === 0 ? GAINED : now === 0 ? LOST : CHANGED;
}
