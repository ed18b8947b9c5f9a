import type { App } from '../../state/app.svelte.ts';

/** Opens a scan to be labelled. */
export async function labelScan(app: App, scan: string): Promise<void> {
  app.reading.panel = 'label';
  await app.read(scan);
}

/** Trains on what was corrected, in the background. */
export async function improveModel(app: App): Promise<void> {
  await app.attempt(app.improve.start(), app.t.next.improveFailed);
}

/** Takes a model into use. */
export async function takeModel(app: App, model: string): Promise<void> {
  const taken = await app.attempt(
    app.improve.take(model).then(() => true),
    app.t.next.takeFailed,
  );
  if (taken !== undefined) app.toasts.show({ tone: 'good', title: app.t.next.taken });
}
