import type { ModelOrigin } from '../../evaluations/model-origin.ts';
import type { FoundModel } from '../handlers/find-models.ts';
import { cardOf } from '../handlers/model-card.ts';
import { ancestryOf } from './ancestry.ts';

/** What a report tells of a model. @param models all of the workspace, among which those that it began with */
export async function originOf(model: FoundModel, models: readonly FoundModel[]): Promise<ModelOrigin> {
  const { weights, settings, preparation, run } = await cardOf(model);
  const learned = await learnedBy(model, models);
  return { weights, settings, preparation, ...(run === undefined ? {} : { run }), ...(learned === undefined ? {} : { learned }) };
}

/** Nothing where labels may have been learned from that nobody here can count; pre-training learns from none. */
async function learnedBy(model: FoundModel, models: readonly FoundModel[]): Promise<ModelOrigin['learned']> {
  const { runs, root, unknown } = await ancestryOf(model, models);
  if (unknown && root === undefined) return undefined;
  const labelled = runs.filter(({ kind }) => kind !== 'pretrain').flatMap(({ data }) => data.cases.filter(({ use }) => use === 'training'));
  const from = root === undefined ? null : { id: root.summary.id, name: root.summary.name };
  return { scans: new Set(labelled.map(({ id }) => id)).size, from };
}
