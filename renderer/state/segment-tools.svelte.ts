import type { Triple } from '../../core/imaging/volume.ts';
import type { Axis } from '../../core/labelling/index.ts';
import { pointToIndex, type PointLPS } from '../scene/index.ts';
import type { SegmentJob } from '../workers/labelling/run-tool.ts';
import { runInWorker, type RunTool } from './label-work.ts';
import type { Labelling } from './labelling.svelte.ts';
import { shiftBy, turnBy, type SegmentPlane } from './segment-place.ts';
import { isPlacement, takesMillimetres, takesOther } from './segment-tool.ts';
import { addPainted, freeValues } from './segments.ts';

/** Islands beyond this number stay in the first segment. */
const MOST_ISLANDS = 200;

/** Tools for a whole segment. They run in a worker; labelling may go on meanwhile. */
export class SegmentTools {
  /** What runs now. */
  running = $state<string | null>(null);
  readonly #labelling: Labelling;
  readonly #work: RunTool;
  #aborter: AbortController | undefined;
  /** Voxels by which the segment still has to be moved. */
  #shift: Triple = [0, 0, 0];

  constructor(labelling: Labelling, work: RunTool = runInWorker) {
    this.#labelling = labelling;
    this.#work = work;
  }

  cancel(): void {
    this.#shift = [0, 0, 0];
    this.#aborter?.abort();
  }

  /** Runs the tool that is chosen. @param point the crosshair */
  async run(plane: SegmentPlane, point: PointLPS | undefined): Promise<void> {
    if (!this.#ready()) return;
    const job = this.#job(plane, point);
    if (typeof job === 'string') this.#labelling.say(job);
    else await this.#start(job, this.#labelling.words.tools[job.tool]);
  }

  /** Moves the segment by voxels along an axis; presses that come while it moves are added up. */
  async nudge(axis: Axis, voxels: number): Promise<void> {
    const moves = this.#shift.some((by) => by !== 0);
    if (!moves && !this.#ready()) return;
    const add = (other: Axis): number => this.#shift[other] + (other === axis ? voxels : 0);
    this.#shift = [add(0), add(1), add(2)];
    if (moves) return;
    while (this.#shift.some((by) => by !== 0)) {
      const by = this.#shift;
      const placement = { kind: 'shift', by } as const;
      const done = await this.#start({ tool: 'shift', placement, keep: false }, this.#labelling.words.tools.shift);
      const [i, j, k] = this.#shift;
      this.#shift = done ? [i - by[0], j - by[1], k - by[2]] : [0, 0, 0];
    }
  }

  /** Says why not. */
  #ready(): boolean {
    const labelling = this.#labelling;
    const { labels, active, words } = labelling;
    if (!labels) labelling.say(words.noLayer);
    else if (!active) labelling.say(words.noSegment);
    else if (this.running !== null) labelling.say(words.busy);
    else return true;
    return false;
  }

  /** @returns whether it changed something */
  async #start(job: SegmentJob, name: string): Promise<boolean> {
    const labelling = this.#labelling;
    const { labels, grid, active, words } = labelling;
    if (!labels || !grid || !active) return false;
    const title = words.steps.tool(name, active.name);
    this.running = title;
    const { signal } = (this.#aborter = new AbortController());
    try {
      const { dims, spacing } = grid;
      const delta = await this.#work({ labels, grid: { dims, spacing }, rules: labelling.rules(active.value), job }, signal);
      if (!delta || labels !== labelling.labels) return false;
      return labelling.make(title, delta, 'newValues' in job && delta.runs.length > 0 ? addPainted(delta, active.name) : undefined);
    } catch (error) {
      labelling.say(labelling.why(error));
      return false;
    } finally {
      this.running = null;
    }
  }

  /** @returns why it cannot be done */
  #job(plane: SegmentPlane, point: PointLPS | undefined): SegmentJob | string {
    const { settings, segments, image, values, words, labels, active } = this.#labelling;
    const { segmentTool: tool, millimetres, range, other } = settings;
    if (takesMillimetres(tool)) {
      return tool === 'joint' ? { tool, millimetres, values: segments.map(({ value }) => value) } : { tool, millimetres };
    }
    if (takesOther(tool)) {
      const chosen = segments.find(({ value }) => value === other);
      if (!labels || !chosen || chosen === active) return words.noOther;
      return { tool, other: { labels, value: chosen.value } };
    }
    if (isPlacement(tool)) {
      const { keep, shift, degrees } = settings;
      if (!image) return words.noLayer;
      if (tool === 'shift') return { tool, keep, placement: shiftBy(image.geometry, shift) };
      return { tool, keep, placement: tool === 'turn' ? turnBy(plane, degrees) : { kind: 'mirror', axis: plane.leftRight } };
    }
    switch (tool) {
      case 'small':
        return { tool, millilitres: settings.smallest };
      case 'between':
        if (settings.followScan && !values) return words.noValues;
        return { tool, across: plane.across, ...(settings.followScan && values ? { follow: values } : {}) };
      case 'split':
        return { tool, newValues: freeValues(segments, labels instanceof Uint16Array ? 65535 : 255, MOST_ISLANDS) };
      case 'keepIsland':
      case 'removeIsland':
        if (!point || !image) return words.noPoint;
        return { tool, voxel: voxelOf(pointToIndex(image.geometry, point)) };
      case 'values':
        if (!values) return words.noValues;
        return range === null ? words.noRange : { tool, within: { values, range } };
      case 'largest':
      case 'holes':
      case 'invert':
        return { tool };
    }
  }
}

function voxelOf([i, j, k]: Triple): Triple {
  return [Math.round(i), Math.round(j), Math.round(k)];
}
