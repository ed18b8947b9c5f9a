import type { OpenAPIHono } from '@hono/zod-openapi';
import { ranking } from '../api/ranking.ts';
import type { Host } from '../host.ts';
import { jsonRoute } from './route.ts';

export function rankingRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(
    jsonRoute(
      { method: 'get', path: '/ranking', summary: 'Unlabelled scans, first those most worth labelling, as a job `rank` found.' },
      ranking,
    ),
    async (c) => c.json(await host.workspace.engines.ask('ranking', {}, { signal: c.req.raw.signal }), 200),
  );
}
