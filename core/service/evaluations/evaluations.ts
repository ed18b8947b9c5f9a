import { rm } from 'node:fs/promises';
import { isTesseraError } from '../../base/errors.ts';
import type { Workspace } from '../../workspace/index.ts';
import type { EvaluationSummary } from '../api/evaluations.ts';
import { checkWritable } from '../writable.ts';
import { evaluationSummaryOf } from './evaluation-view.ts';
import { readEvaluation, type StoredEvaluation } from './stored-evaluation.ts';

/** The evaluations that a workspace keeps. */
export class Evaluations {
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** The newest first; what cannot be read is passed over. */
  async list(): Promise<EvaluationSummary[]> {
    const all: EvaluationSummary[] = [];
    for (const id of await this.#workspace.items('evaluations')) {
      try {
        // In the process that answers strokes: no intervals are drawn for a list.
        all.push(evaluationSummaryOf(await readEvaluation(this.#workspace.itemPath('evaluations', id), { intervals: false })));
      } catch (error) {
        if (!isTesseraError(error)) throw error;
      }
    }
    return all.sort((a, b) => b.created.localeCompare(a.created));
  }

  /** @throws TesseraError `not-found`, `bad-file` */
  get(id: string): Promise<StoredEvaluation> {
    return readEvaluation(this.#workspace.itemPath('evaluations', id));
  }

  /** It can be made again from the models and labels. @throws TesseraError `not-found` */
  async remove(id: string): Promise<void> {
    checkWritable(this.#workspace);
    await this.get(id);
    await rm(this.#workspace.itemPath('evaluations', id), { recursive: true, force: true });
    await this.#workspace.audit('evaluation-removed', { evaluation: id });
  }
}
