import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTesseraError, TesseraError } from '../../../base/errors.ts';
import { projectFolder } from '../../../base/project-folder.ts';
import { pretrainSettings } from '../../../learning/pretrain-settings.ts';
import { RunFolder, type RunDocument } from '../../../learning/run-folder.ts';
import { modelDocument, readDocument, type ModelDocument } from '../../../model/saved-model.ts';
import type { Workspace } from '../../../workspace/index.ts';
import type { ModelSummary } from '../../api/models.ts';
import { tripleDocument } from './geometry-document.ts';

/** A model that was found, and where. */
export interface FoundModel {
  readonly summary: ModelSummary;
  /** Of a segmentation model the folder with model.json, of a pre-trained one that of its run. */
  readonly folder: string;
}

/** Models of a workspace, of its runs, and those that come with the program; folders that hold none, or a damaged one, are passed over. */
export async function findModels(workspace: Workspace, shipped = join(projectFolder(), 'resources', 'models')): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  for (const place of [join(workspace.folder, 'models'), join(workspace.folder, 'runs'), shipped])
    for (const name of await foldersIn(place)) {
      const model = await modelIn(join(place, name), name);
      if (model !== undefined) found.push(model);
    }
  return found.sort((a, b) => b.summary.created.localeCompare(a.summary.created));
}

/** @throws TesseraError `not-found` */
export async function findModel(workspace: Workspace, id: string, kind: ModelSummary['kind']): Promise<FoundModel> {
  const model = (await findModels(workspace)).find(({ summary }) => summary.id === id && summary.kind === kind);
  if (model !== undefined) return model;
  const what = kind === 'segmentation' ? 'model that segments' : 'pre-trained model';
  throw new TesseraError('not-found', `There is no such ${what}.`, { subject: id, advice: 'It may have been removed; choose another.' });
}

/** The step of a checkpoint by its epoch; the newest unless given. @throws TesseraError `not-found` */
export function stepOf({ summary: { epochs = [], id } }: FoundModel, epoch: number | undefined): number {
  const found = epoch === undefined ? epochs.at(-1) : epochs.find((one) => one.epoch === epoch);
  if (found !== undefined) return found.step;
  throw new TesseraError('not-found', `There is no checkpoint of epoch ${String(epoch)}.`, {
    subject: id,
    advice: `There are those of epochs ${epochs.map((one) => one.epoch).join(', ')}.`,
  });
}

async function modelIn(folder: string, name: string): Promise<FoundModel | undefined> {
  try {
    if (existsSync(join(folder, 'model.json'))) return await segmentationModel(folder, name);
    if (!existsSync(join(folder, 'run.json'))) return undefined;
    const { run, document } = await RunFolder.open(folder);
    if (document.kind === 'pretrain') return pretrainedModel(run, document, name, await run.stepsWithWeights());
    // What fine-tuning made of its best epoch; there is none before the first validation.
    return existsSync(join(run.modelPath(), 'model.json'))
      ? await segmentationModel(run.modelPath(), name, document.extra['name'])
      : undefined;
  } catch (error) {
    if (isTesseraError(error)) return undefined;
    throw error;
  }
}

/** @param called the name of its run */
async function segmentationModel(folder: string, name: string, called?: unknown): Promise<FoundModel> {
  const path = join(folder, 'model.json');
  const document = await readDocument(path, modelDocument, 'bad-model', 'Import the model again.');
  const { labels, provenance, network, settings } = document;
  return {
    folder,
    summary: {
      id: idOf(name),
      name: nameOf(provenance['name'] ?? called, name, `${networkName(document)}, ${labels.length - 1} structures`),
      kind: 'segmentation',
      network: networkName(document),
      segments: labels.filter(({ value }) => value !== 0).map(({ value, name: label }) => ({ value, name: label })),
      created: (await stat(path)).mtime.toISOString(),
      ...(network === 'unetr' ? { patch: tripleDocument(settings.patch) } : {}),
    },
  };
}

function pretrainedModel(run: RunFolder, document: RunDocument, name: string, steps: readonly number[]): FoundModel | undefined {
  if (steps.length === 0) return undefined;
  const settings = pretrainSettings.parse(document.settings);
  const network = methodNames[settings.method];
  const stepsPerEpoch = Math.max(1, Math.ceil(document.data.cases.length / settings.batch));
  // Where an epoch has several its last one stands for it.
  const epochs = new Map(steps.map((step) => [Math.floor(step / stepsPerEpoch), step]));
  return {
    folder: run.path,
    summary: {
      id: idOf(name),
      name: nameOf(document.extra['name'], name, network),
      kind: 'pretrained',
      network,
      created: new Date(document.started).toISOString(),
      patch: tripleDocument(settings.encoder.patch),
      epochs: [...epochs].map(([epoch, step]) => ({ epoch, step })),
    },
  };
}

const methodNames = { 'gl-mae': 'GL-MAE', mae: 'MAE', simmim: 'SimMIM' } as const;
const networkName = ({ network }: ModelDocument): string => (network === 'unetr' ? 'UNETR' : 'SegResNet');

/** A folder's name where it is an id, else one made of it: folders of runs may be called anything. */
function idOf(name: string): string {
  return isId(name) ? name : createHash('sha256').update(name).digest('hex').slice(0, 16);
}

/** The name that was given, or that of the folder unless it is an id, which says nothing. */
function nameOf(given: unknown, folder: string, otherwise: string): string {
  if (typeof given === 'string' && given !== '') return given;
  return isId(folder) ? otherwise : folder;
}

const isId = (name: string): boolean => /^[0-9a-f]{8,64}$/.test(name);

async function foldersIn(place: string): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}
