import { TesseraError } from '../../../base/errors.ts';
import { viewAgreement } from '../../../inference/view-agreement.ts';
import type { PretrainedRun } from '../../../learning/pretrained-run.ts';
import { consistencyResult, type ConsistencyResult } from '../../api/inspect.ts';
import type { EngineHandler } from '../context.ts';
import { cached, type CacheKind } from './cache.ts';
import { checkpointState, engineMemoryOf } from './engine-memory.ts';
import { findModel, stepOf } from './find-models.ts';
import { checkOneChannel } from './one-channel.ts';

const consistencyKind: CacheKind<ConsistencyResult> = { name: 'consistency', document: consistencyResult, maxBytes: 1e7 };

/** How well student and teacher agree on views of a scan. */
export const consistency: EngineHandler<'consistency'> = async ({ model: modelId, checkpoint, scan: scanId, seed }, context) => {
  const { workspace, breathe } = context;
  const model = await findModel(workspace, modelId, 'pretrained');
  const step = stepOf(model, checkpoint);
  const { content } = await workspace.scan(scanId);
  const key = { consistency: 1, network: checkpointState(model.folder, step), content, seed };
  const { document } = await cached(workspace, consistencyKind, key, async () => {
    await context.backend();
    const memory = engineMemoryOf(workspace);
    return memory.withNetwork({ folder: model.folder, step, teacher: true }, (run) => {
      checkOneChannel(run, model.summary.name);
      checkWhole(run, model.summary.name);
      return memory.withScan(workspace, scanId, run.settings.preparation, async (scan): Promise<ConsistencyResult> => {
        const weights = { student: run.parameters, teacher: run.teacher };
        const { views, matrix } = await viewAgreement(scan, weights, run.settings, seed, breathe);
        return { views: [...views], matrix: matrix.map((row) => [...row]) };
      });
    });
  });
  return document;
};

/** @throws TesseraError `bad-model` for a snapshot, which has neither the teacher nor the heads that a run with both kept for its checkpoints */
function checkWhole({ settings, parameters, teacher }: PretrainedRun, name: string): void {
  const hasHead = [...parameters.keys()].some((weight) => weight.startsWith('head.'));
  if (settings.method !== 'gl-mae' || settings.beta === 0 || hasHead || teacher.size > 0) return;
  throw new TesseraError('bad-model', 'kept encoder and decoder of this epoch, but no teacher.', {
    subject: name,
    advice: 'Choose its newest checkpoint.',
  });
}
