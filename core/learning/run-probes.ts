import type { Task } from '../base/task.ts';
import { patchFeatures } from './patch-features.ts';
import type { Pretrainer } from './pretrainer.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import type { Probe } from './probe.ts';
import type { RunFolder } from './run-folder.ts';

/** Probes the student of a run before its first step, every `probeEvery` epochs and at its end, and writes the scores to its metrics. */
export class RunProbes {
  private readonly probe: Probe;
  private readonly run: RunFolder;
  private readonly trainer: Pretrainer;
  private readonly settings: PretrainSettings;

  constructor(probe: Probe, run: RunFolder, trainer: Pretrainer, settings: PretrainSettings) {
    this.probe = probe;
    this.run = run;
    this.trainer = trainer;
    this.settings = settings;
  }

  /** The probe that is due before the next step and was not written: that of fresh weights, or one that was cancelled. */
  async catchUp(from: number, task: Task): Promise<void> {
    const { stepsPerEpoch } = this.trainer;
    if (from % stepsPerEpoch !== 0) return;
    const written = (await this.run.metrics()).some((line) => line['event'] === 'probe' && line['step'] === from);
    if (!written) await this.after(from / stepsPerEpoch, from, task);
  }

  async after(epoch: number, done: number, task: Task): Promise<void> {
    if (epoch % this.settings.probeEvery !== 0 && done !== this.trainer.total) return;
    const scores = await this.probe.run(
      (patches, grid) => patchFeatures(patches, grid, this.trainer.student.parameters, this.settings),
      task,
    );
    await this.run.appendMetrics([{ step: done, event: 'probe', epoch, ...scores }]);
  }
}
