import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { job } from '../api/jobs.ts';
import { modelSummary } from '../api/models.ts';
import { importRequest } from '../api/uploads.ts';
import type { Host } from '../host.ts';
import { jsonBody, jsonRoute } from './route.ts';

export function modelRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'get', path: '/models', summary: 'Models and pre-training runs.' }, z.array(modelSummary)), async (c) =>
    c.json(await host.workspace.engines.ask('models', {}, { signal: c.req.raw.signal }), 200),
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: '/models/import', summary: 'Takes in a model or run.', request: { body: jsonBody(importRequest) } },
      job,
    ),
    async (c) => c.json(await host.workspace.submit({ kind: 'import-model', source: c.req.valid('json').source }), 200),
  );
}
