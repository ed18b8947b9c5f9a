import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { TesseraError } from '../base/errors.ts';
import { readDocument } from '../model/saved-model.ts';

/** `run.json`: everything needed to say what was run, and to run it again. */
export const runDocument = z.object({
  schema: z.literal('tessera-run/1'),
  kind: z.enum(['pretrain', 'finetune', 'classify']),
  settings: z.record(z.string(), z.unknown()),
  seed: z.number().int(),
  data: z.object({
    folder: z.string(),
    cases: z.array(z.object({ id: z.string(), use: z.string(), sha256: z.string(), patient: z.string().optional() })),
    /** The test cases that were locked away, by which file, and its SHA-256. */
    lock: z.object({ file: z.string(), sha256: z.string(), test: z.array(z.string()) }).optional(),
  }),
  versions: z.record(z.string(), z.string()),
  started: z.string(),
  extra: z.record(z.string(), z.unknown()).default({}),
});
export type RunDocument = z.infer<typeof runDocument>;

export type Metrics = Readonly<Record<string, number | string>>;

/** Weights along a run, beside the checkpoints that it goes on from. */
const SNAPSHOTS = 'snapshots';

/** A run on disk: `run.json`, `metrics.jsonl`, `checkpoints/`, `snapshots/`, `log.txt` (design: the command line). */
export class RunFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A new run. @throws TesseraError `bad-setting` when the folder already holds one */
  static async create(path: string, document: RunDocument): Promise<RunFolder> {
    const taken = await stat(join(path, 'run.json')).then(
      () => true,
      () => false,
    );
    if (taken)
      throw new TesseraError('bad-setting', 'already holds a run.', {
        subject: path,
        advice: 'Continue it with --resume or give another --out.',
      });
    try {
      await mkdir(join(path, 'checkpoints'), { recursive: true });
    } catch (cause) {
      throw new TesseraError('write-failed', 'cannot be made.', { subject: path, advice: 'Choose a folder that you may write to.', cause });
    }
    await writeFileAtomic(join(path, 'run.json'), JSON.stringify(document, null, 2) + '\n');
    return new RunFolder(path);
  }

  /** @throws TesseraError `bad-checkpoint` when there is no run or its document is damaged */
  static async open(path: string): Promise<{ run: RunFolder; document: RunDocument }> {
    const document = await readDocument(
      join(path, 'run.json'),
      runDocument,
      'bad-checkpoint',
      'Give the folder of a run: the one that holds run.json.',
    );
    return { run: new RunFolder(path), document };
  }

  checkpointPath(name: string): string {
    return join(this.path, 'checkpoints', `${name}.safetensors`);
  }

  private snapshotPath(step: number): string {
    return join(this.path, SNAPSHOTS, `step-${String(step)}.safetensors`);
  }

  modelPath(): string {
    return join(this.path, 'model');
  }

  /** Prepared scans of a run that is under way; may be deleted at any time. */
  cachePath(): string {
    return join(this.path, 'cache');
  }

  /** Steps of the numbered checkpoints, the newest last. */
  checkpoints(): Promise<number[]> {
    return stepsIn(join(this.path, 'checkpoints'));
  }

  /** Steps of which weights of encoder and decoder are there, in a checkpoint or a snapshot, the newest last. */
  async stepsWithWeights(): Promise<number[]> {
    const steps = new Set([...(await this.checkpoints()), ...(await stepsIn(join(this.path, SNAPSHOTS)))]);
    return [...steps].sort((a, b) => a - b);
  }

  /** The file with weights of a step: its checkpoint where there is one, which has all of them, else its snapshot. */
  async weightsPath(step: number): Promise<string> {
    return (await this.checkpoints()).includes(step) ? this.checkpointPath(`step-${String(step)}`) : this.snapshotPath(step);
  }

  /** Where a snapshot is to be written. */
  async newSnapshotPath(step: number): Promise<string> {
    await mkdir(join(this.path, SNAPSHOTS), { recursive: true });
    await removeHalfWritten(join(this.path, SNAPSHOTS));
    return this.snapshotPath(step);
  }

  /** Removes snapshots after a step: what came after the checkpoint that a run continues from did not happen. */
  async truncateSnapshots(step: number): Promise<void> {
    for (const later of await stepsIn(join(this.path, SNAPSHOTS))) if (later > step) await rm(this.snapshotPath(later), { force: true });
  }

  /** Removes all but the newest two, so that one survives whatever happens to the other, and what a killed process left half-written. */
  async pruneCheckpoints(): Promise<void> {
    await removeHalfWritten(join(this.path, 'checkpoints'));
    const steps = await this.checkpoints();
    for (const step of steps.slice(0, -2)) await rm(this.checkpointPath(`step-${String(step)}`), { force: true });
  }

  async appendMetrics(metrics: readonly Metrics[]): Promise<void> {
    if (metrics.length === 0) return;
    const lines = metrics.map((m) => JSON.stringify(m) + '\n').join('');
    try {
      await appendFile(join(this.path, 'metrics.jsonl'), lines);
    } catch (cause) {
      throw new TesseraError('write-failed', 'could not be written.', {
        subject: join(this.path, 'metrics.jsonl'),
        advice: 'Free some space.',
        cause,
      });
    }
  }

  /** Lines up to a step: what came after the checkpoint that a run continues from did not happen. */
  async truncateMetrics(step: number): Promise<void> {
    const kept = (await this.metrics()).filter((m) => Number(m.step) <= step);
    await writeFileAtomic(join(this.path, 'metrics.jsonl'), kept.map((m) => JSON.stringify(m) + '\n').join(''));
  }

  async metrics(): Promise<Metrics[]> {
    const text = await readFile(join(this.path, 'metrics.jsonl'), 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Metrics];
      } catch {
        return []; // the last line of a run that was killed
      }
    });
  }

  /** One line, with the time; never a patient's name: cases are named by file. */
  async log(line: string): Promise<void> {
    await appendFile(join(this.path, 'log.txt'), `${new Date().toISOString()} ${line}\n`).catch(() => undefined);
  }
}

async function stepsIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .map((name) => /^step-(\d+)\.safetensors$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

async function removeHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (/^\.step-.*\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
}
