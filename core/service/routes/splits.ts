import type { OpenAPIHono } from '@hono/zod-openapi';
import { newSplit, splitDraw, splitListing, splitPreview, splitSummary } from '../api/splits.ts';
import type { Host } from '../host.ts';
import { jsonBody, jsonRoute } from './route.ts';

export function splitRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'get', path: '/splits', summary: 'Which scans train, validate and test.' }, splitListing), async (c) =>
    c.json(await host.workspace.library.splits.list(), 200),
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: '/splits/preview', summary: 'What a split would be.', request: { body: jsonBody(splitDraw) } },
      splitPreview,
    ),
    async (c) => c.json(await host.workspace.library.splits.preview(c.req.valid('json')), 200),
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: '/splits', summary: 'Draws a split, which is then in use.', request: { body: jsonBody(newSplit) } },
      splitSummary,
    ),
    async (c) => c.json(await host.workspace.saveSplit(c.req.valid('json')), 200),
  );
}
