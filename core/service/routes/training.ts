import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { count, id } from '../api/common.ts';
import { job } from '../api/jobs.ts';
import { preflightCard, preflightRequest, preflightViews, preflightViewsRequest } from '../api/preflight.ts';
import { newRunNote, runDetails, runMetrics, runSummary, settingsKind, trainingSettingsList } from '../api/runs.ts';
import type { Host } from '../host.ts';
import { jsonBody, jsonRoute } from './route.ts';

const params = z.object({ id });

export function trainingRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(
    jsonRoute(
      {
        method: 'get',
        path: '/settings/{kind}',
        summary: 'Settings of training, with recipes.',
        request: { params: z.object({ kind: settingsKind }) },
      },
      trainingSettingsList,
    ),
    async (c) => c.json(await host.workspace.engines.ask('training-settings', c.req.valid('param'), { signal: c.req.raw.signal }), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/preflight',
        summary: 'What speaks against a run, and what it would take.',
        request: { body: jsonBody(preflightRequest) },
      },
      preflightCard,
    ),
    async (c) =>
      c.json(await host.workspace.engines.ask('preflight', { job: c.req.valid('json'), trial: true }, { signal: c.req.raw.signal }), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/preflight/views',
        summary: 'Views of a scan as pre-training would cut them.',
        request: { body: jsonBody(preflightViewsRequest) },
      },
      preflightViews,
    ),
    async (c) => c.json(await host.workspace.engines.ask('preflight-views', c.req.valid('json'), { signal: c.req.raw.signal }), 200),
  );
  app.openapi(jsonRoute({ method: 'get', path: '/runs', summary: 'Training runs, the newest first.' }, z.array(runSummary)), async (c) =>
    c.json(await host.workspace.runs.list(), 200),
  );
  app.openapi(jsonRoute({ method: 'get', path: '/runs/{id}', summary: 'A run.', request: { params } }, runDetails), async (c) =>
    c.json(await host.workspace.runs.details(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'get',
        path: '/runs/{id}/metrics',
        summary: 'What a run measured after a step.',
        request: { params, query: z.object({ after: z.coerce.number().pipe(count).default(0) }) },
      },
      runMetrics,
    ),
    async (c) => c.json(await host.workspace.runs.metrics(c.req.valid('param').id, c.req.valid('query').after), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/runs/{id}/notes',
        summary: 'Keeps a remark on a checkpoint.',
        request: { params, body: jsonBody(newRunNote) },
      },
      runDetails,
    ),
    async (c) => {
      const { step, text } = c.req.valid('json');
      host.workspace.checkWritable();
      await host.workspace.runs.note(c.req.valid('param').id, step, text);
      return c.json(await host.workspace.runs.details(c.req.valid('param').id), 200);
    },
  );
  app.openapi(
    jsonRoute({ method: 'post', path: '/runs/{id}/continue', summary: 'Goes on with a run that was stopped.', request: { params } }, job),
    async (c) => c.json(await host.workspace.submit(host.workspace.runs.inputOf(c.req.valid('param').id)), 200),
  );
}
