import type { Axis } from '../../core/labelling/index.ts';
import type { SegmentJob } from '../workers/labelling/run-tool.ts';
import { runInWorker } from './label-work.ts';
import type { Labelling } from './labelling.svelte.ts';
import { addPainted } from './segments.ts';

/** Islands beyond this number stay in the first segment. */
const MOST_ISLANDS = 200;

/** Tools for a whole segment. They run in a worker; labelling may go on meanwhile. */
export class SegmentTools {
  /** What runs now. */
  running = $state<string | null>(null);
  readonly #labelling: Labelling;
  #aborter: AbortController | undefined;

  constructor(labelling: Labelling) {
    this.#labelling = labelling;
  }

  cancel(): void {
    this.#aborter?.abort();
  }

  /** @param across the axis of the slices that are looked at @param leftRight the axis nearest to the patient's left and right */
  async run(across: Axis, leftRight: Axis): Promise<void> {
    const labelling = this.#labelling;
    const { labels, grid, active, words } = labelling;
    if (!labels || !grid) {
      labelling.say(words.noLayer);
      return;
    }
    if (!active) {
      labelling.say(words.noSegment);
      return;
    }
    if (this.running !== null) {
      labelling.say(words.busy);
      return;
    }
    const job = this.#job(across, leftRight);
    if (!job) {
      labelling.say(words.noValues);
      return;
    }
    const title = words.steps.tool(words.tools[job.tool], active.name);
    this.running = title;
    const { signal } = (this.#aborter = new AbortController());
    try {
      const delta = await runInWorker({ labels, grid, rules: labelling.rules(active.value), job }, signal);
      if (!delta || labels !== labelling.labels) return;
      if (delta.runs.length === 0) {
        labelling.say(words.nothing);
        return;
      }
      const fresh = 'newValues' in job ? addPainted(delta, active.name) : undefined;
      labelling.make(title, delta, fresh);
    } catch (error) {
      labelling.say(error instanceof Error ? error.message : String(error));
    } finally {
      this.running = null;
    }
  }

  #job(across: Axis, leftRight: Axis): SegmentJob | undefined {
    const { settings, segments, labels } = this.#labelling;
    const { segmentTool: tool, millimetres } = settings;
    if (tool === 'largest' || tool === 'holes') return { tool };
    if (tool === 'small') return { tool, millilitres: settings.smallest };
    if (tool === 'between') return { tool, across };
    if (tool === 'mirror') return { tool, axis: leftRight };
    if (tool === 'joint') return { tool, millimetres, values: segments.map(({ value }) => value) };
    if (tool !== 'split') return { tool, millimetres };
    const taken = segments.map(({ value }) => value);
    const most = labels instanceof Uint8Array ? 255 : 65535;
    const newValues: number[] = [];
    for (let value = 1; value <= most && newValues.length < MOST_ISLANDS; value++) if (!taken.includes(value)) newValues.push(value);
    return { tool, newValues };
  }
}
