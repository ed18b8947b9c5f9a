import type { WorkItem } from '../../api/types.ts';
import type { App } from '../../state/app.svelte.ts';

/** Opens an assignment: its reader goes on in his own layer, anybody else looks at it. */
export async function openWork(app: App, item: WorkItem): Promise<void> {
  const { work, reading, connection, preferences } = app;
  const mine = item.reader === preferences.reader && ['todo', 'working', 'returned'].includes(item.state);
  const started = mine && !connection.readOnly ? await work.start(item.id) : undefined;
  if (mine && !connection.readOnly && started === undefined) return;
  work.current = item.id;
  await app.read(item.scan);
  if (reading.scan?.id !== item.scan) return;
  const layer = started?.layer.id ?? item.layer;
  if (layer !== undefined) await app.attempt(showLayer(app, item.scan, layer), app.t.organs.readFailed);
  // What was sent back has something to be read first.
  reading.panel = mine && item.state !== 'returned' ? 'label' : 'review';
}

/** Shows a layer that may have been made a moment ago. */
export async function showLayer({ reading: { organs } }: App, scan: string, layer: string): Promise<void> {
  if (organs.layer?.id === layer) return;
  if (!organs.layers.some(({ id }) => id === layer)) await organs.refresh(scan, layer);
  if (organs.layer?.id !== layer && organs.layers.some(({ id }) => id === layer)) await organs.show(layer);
}

/** Opens a scan with where two of its layers differ. */
export async function openDifferences(app: App, scan: string, first: string, second: string): Promise<void> {
  await app.read(scan);
  if (app.reading.scan?.id !== scan) return;
  app.reading.panel = 'review';
  const show = async (): Promise<void> => {
    await showLayer(app, scan, first);
    await app.differences.show(scan, second);
    const point = app.differences.next();
    if (point) app.reading.point = point;
  };
  await app.attempt(show(), app.t.work.review.failed);
}
