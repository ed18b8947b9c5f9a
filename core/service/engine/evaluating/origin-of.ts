import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RunFolder } from '../../../learning/run-folder.ts';
import type { ModelOrigin } from '../../evaluations/model-origin.ts';
import type { FoundModel } from '../handlers/find-models.ts';
import { cardOf } from '../handlers/model-card.ts';

/** What a report tells of a model. @param models all of the workspace, among which those that it began with */
export async function originOf(model: FoundModel, models: readonly FoundModel[]): Promise<ModelOrigin> {
  const { weights, settings, preparation, run } = await cardOf(model);
  const learned = await learnedBy(model, models);
  return { weights, settings, preparation, ...(run === undefined ? {} : { run }), ...(learned === undefined ? {} : { learned }) };
}

/** Goes back from model to model to where the weights began. */
async function learnedBy(model: FoundModel, models: readonly FoundModel[]): Promise<ModelOrigin['learned']> {
  const scans = new Set<string>();
  const visited = new Set<string>();
  for (let at = model; !visited.has(at.folder);) {
    visited.add(at.folder);
    const run = [at.folder, dirname(at.folder)].find((folder) => existsSync(join(folder, 'run.json')));
    if (run === undefined) return undefined;
    const { data, extra } = (await RunFolder.open(run)).document;
    for (const { id, use } of data.cases) if (use === 'training') scans.add(id);
    const encoder = extra['encoder'] ?? null;
    if (encoder === null) return { scans: scans.size, from: null };
    const before = models.find(({ summary }) => summary.id === encoder);
    if (before === undefined) return undefined;
    if (before.summary.kind === 'pretrained') return { scans: scans.size, from: { id: before.summary.id, name: before.summary.name } };
    at = before;
  }
  return undefined;
}
