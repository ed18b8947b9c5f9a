import type { App } from '../../state/app.svelte.ts';
import type { RunKind } from '../../state/run-form.svelte.ts';
import { unfitness } from '../../state/scan-fitness.ts';
import { alike } from '../../state/usual-run.ts';

/** Goes to the training room and begins to describe a run, on the scans marked in the library or on those that are alike. */
export async function describeRun(app: App, kind: RunKind, encoder = ''): Promise<void> {
  if (app.connection.readOnly) return;
  const fit = app.library.scans.filter((scan) => !scan.removed && unfitness(scan, kind) === null);
  const { marked } = app.library;
  const chosen = marked.size > 1 ? fit.filter(({ id }) => marked.has(id)) : alike(fit);
  app.room = 'train';
  await app.attempt(app.training.describe(kind, chosen, encoder), app.t.train.readFailed);
}
