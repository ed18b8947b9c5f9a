import type { Tensor } from '../compute/index.ts';
import type { Parameters } from '../model/parameters.ts';
import { writeCheckpoint } from './checkpoint.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import type { RunFolder } from './run-folder.ts';

/** Unless told otherwise. */
const USUAL_NUMBER = 10;
/** Whatever a run is told: each is as large as the network. */
const MOST = 50;

/** Epochs from one snapshot to the next; undefined for none. */
export function snapshotInterval({ keepEvery, epochs }: Pick<PretrainSettings, 'keepEvery' | 'epochs'>): number | undefined {
  if (keepEvery === 0) return undefined;
  return Math.max(keepEvery ?? Math.ceil(epochs / USUAL_NUMBER), Math.ceil(epochs / MOST));
}

/**
 * Weights of encoder and decoder as they were along a pre-training run, for whoever looks back at it. A run goes on from its checkpoints
 * alone, so one that cannot be written is noted in the log and missed.
 */
export class Snapshots {
  private readonly run: RunFolder;
  private readonly interval: number | undefined;
  /** Of the whole run, whose last step has a checkpoint. */
  private readonly epochs: number;

  constructor(run: RunFolder, settings: PretrainSettings) {
    this.run = run;
    this.interval = snapshotInterval(settings);
    this.epochs = settings.epochs;
  }

  /** Keeps the student after an epoch when one is due. */
  async after(epoch: number, done: number, student: Parameters): Promise<void> {
    if (this.interval === undefined || epoch % this.interval !== 0 || epoch === this.epochs) return;
    const tensors = new Map<string, Tensor>();
    // Heads are for the loss; they can be larger than the encoder.
    for (const [name, value] of student) if (!name.startsWith('head.')) tensors.set(`student/${name}`, value);
    try {
      await writeCheckpoint(await this.run.newSnapshotPath(done), { tensors, numbers: { step: done } });
    } catch (error) {
      await this.run.log(`warning: the weights of epoch ${epoch} were not kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
