import { copyFile, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../../../base/atomic-file.ts';
import { TesseraError } from '../../../base/errors.ts';
import { throwIfCancelled } from '../../../base/task.ts';
import { readSafetensors } from '../../../compute/safetensors.ts';
import { filesOf } from '../../../imaging/index.ts';
import { isPretrainedFile, readPretrainedFile } from '../../../learning/pretrained-file.ts';
import { RunFolder } from '../../../learning/run-folder.ts';
import { openModelFile } from '../../../model/model-file.ts';
import { modelDocument, type ModelDocument } from '../../../model/saved-model.ts';
import { segmentationNetwork } from '../../../model/segmentation-network.ts';
import type { EngineContext, EngineHandler } from '../context.ts';

/**
 * Copies a model into the workspace: the folder of a model or of a pre-training run, or a .safetensors file that a workspace or
 * `tessera export-model` wrote. Only JSON and safetensors are read, which cannot run code.
 */
export const importModel: EngineHandler<'import-model'> = async ({ paths }, context) => {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const found = (name: string): string | undefined =>
    files.filter((file) => basename(file) === name).sort((a, b) => a.length - b.length)[0];
  const [run, model] = [found('run.json'), found('model.json')];
  const weights = files.filter((file) => /\.safetensors$/i.test(file));
  if (run !== undefined && (await isPretraining(dirname(run)))) return { model: await importRun(dirname(run), context) };
  if (model !== undefined) return { model: await importFolder(dirname(model), context) };
  const [only] = weights;
  if (only !== undefined && weights.length === 1) return { model: await importExported(only, context) };
  throw new TesseraError('bad-model', 'There is no model among the files.', {
    advice: 'Give the folder of a model (model.json), of a run (run.json), or one .safetensors file that tessera export-model wrote.',
  });
};

async function filesAt(path: string): Promise<string[]> {
  const status = await stat(path).catch((cause: unknown) => {
    throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Choose it again.', cause });
  });
  return status.isDirectory() ? filesOf(path) : [path];
}

async function isPretraining(folder: string): Promise<boolean> {
  return (await RunFolder.open(folder)).document.kind === 'pretrain';
}

async function importFolder(folder: string, context: EngineContext): Promise<string> {
  // Checks that every weight is there and has its shape.
  const file = await openModelFile(folder);
  await file.close();
  return storeModel(join(folder, 'weights.safetensors'), named(file.document, basename(folder)), context);
}

async function importExported(path: string, context: EngineContext): Promise<string> {
  const file = await readSafetensors(path);
  try {
    if (isPretrainedFile(file)) return await importPretrainedFile(path, context);
    const document = documentOf(file.metadata, path);
    const wrong = segmentationNetwork(document).specs.find(({ name, torchShape }) => file.shapeOf(name)?.join() !== torchShape.join());
    if (wrong !== undefined)
      throw new TesseraError('bad-model', `has no ${wrong.name} of shape ${wrong.torchShape.join('x')}, which its settings call for.`, {
        subject: path,
        advice: 'Export the model again.',
      });
    return await storeModel(path, named(document, basename(path).replace(/\.safetensors$/i, '')), context);
  } finally {
    await file.close();
  }
}

async function importPretrainedFile(file: string, context: EngineContext): Promise<string> {
  const { id, path } = await context.workspace.newItem('runs');
  try {
    await readPretrainedFile(file, path);
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw error;
  }
  await context.workspace.audit('model-imported', { model: id });
  return id;
}

/** What `tessera export-model` wrote beside the weights. */
function documentOf(metadata: Readonly<Record<string, string>>, path: string): ModelDocument {
  try {
    const fields = Object.entries(metadata).map(([key, text]) => [key, /^[[{]/.test(text) ? (JSON.parse(text) as unknown) : text] as const);
    return modelDocument.parse(Object.fromEntries(fields));
  } catch (cause) {
    throw new TesseraError('bad-model', 'does not tell which network it is for.', {
      subject: path,
      advice: 'Bring weights of other programs in with tessera import-weights, and import the folder that it writes.',
      cause,
    });
  }
}

/** The folder's name says what the user calls the model, unless it is the one every run has. */
function named(document: ModelDocument, name: string): ModelDocument {
  if (typeof document.provenance['name'] === 'string' || name === 'model') return document;
  return { ...document, provenance: { ...document.provenance, name } };
}

/** Weights first, the document last: a folder with it is complete. */
async function storeModel(weights: string, document: ModelDocument, context: EngineContext): Promise<string> {
  const { id, path } = await context.workspace.newItem('models');
  await copy(weights, join(path, 'weights.safetensors'));
  await writeFileAtomic(join(path, 'model.json'), JSON.stringify(document, null, 2) + '\n');
  await context.workspace.audit('model-imported', { model: id });
  return id;
}

async function importRun(folder: string, context: EngineContext): Promise<string> {
  const { run, document } = await RunFolder.open(folder);
  const steps = await run.stepsWithWeights();
  if ((await run.checkpoints()).length === 0)
    throw new TesseraError('bad-model', 'has no checkpoint.', { subject: folder, advice: 'Give a run that has trained for a while.' });
  const { id, path } = await context.workspace.newItem('runs');
  for (const place of ['checkpoints', 'snapshots']) await mkdir(join(path, place));
  for (const [done, step] of steps.entries()) {
    throwIfCancelled(context.task);
    context.task.progress({ stage: 'import model', done, total: steps.length });
    const from = await run.weightsPath(step);
    await (await readSafetensors(from)).close();
    await copy(from, join(path, basename(dirname(from)), basename(from)));
  }
  const metrics = await readFile(join(folder, 'metrics.jsonl')).catch(() => undefined);
  if (metrics !== undefined) await writeFileAtomic(join(path, 'metrics.jsonl'), metrics);
  const name = typeof document.extra['name'] === 'string' ? document.extra['name'] : basename(folder);
  // What its scans were is told by the names of another place.
  const extra = { ...document.extra, name, imported: true };
  await writeFileAtomic(join(path, 'run.json'), JSON.stringify({ ...document, extra }, null, 2) + '\n');
  await context.workspace.audit('model-imported', { model: id });
  return id;
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (cause) {
    throw new TesseraError('write-failed', 'could not be copied into the workspace.', {
      subject: basename(from),
      advice: 'Look whether the disk is full.',
      cause,
    });
  }
}
