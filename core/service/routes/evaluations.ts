import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { id } from '../api/common.ts';
import { evaluationDetails, evaluationSummary } from '../api/evaluations.ts';
import { labelCurves } from '../api/label-efficiency.ts';
import { evaluationCsv, evaluationJson, evaluationReport } from '../evaluations/evaluation-report.ts';
import { evaluationDetailsOf } from '../evaluations/evaluation-view.ts';
import { labelCurvesOf } from '../evaluations/label-curves.ts';
import type { Host } from '../host.ts';
import { reportPolicy } from '../../report/index.ts';
import { bytesRoute, jsonRoute } from './route.ts';

const params = z.object({ id });

/** Models held against labels; POST /jobs makes one. */
export function evaluationRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(
    jsonRoute({ method: 'get', path: '/evaluations', summary: 'All, the newest first.' }, z.array(evaluationSummary)),
    async (c) => c.json(await host.workspace.evaluations.list(), 200),
  );
  app.openapi(
    jsonRoute(
      { method: 'get', path: '/evaluations/{id}', summary: 'An evaluation, its models compared.', request: { params } },
      evaluationDetails,
    ),
    async (c) => c.json(evaluationDetailsOf(await host.workspace.evaluations.get(c.req.valid('param').id)), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'get',
        path: '/evaluations/{id}/labels',
        summary: 'Dice against the number of labelled scans, and what more of them would bring.',
        request: { params },
      },
      labelCurves,
    ),
    async (c) => c.json(labelCurvesOf(await host.workspace.evaluations.get(c.req.valid('param').id)), 200),
  );
  app.openapi(
    jsonRoute({ method: 'post', path: '/evaluations/{id}/remove', summary: 'Removes an evaluation.', request: { params } }, z.object({})),
    async (c) => {
      await host.workspace.evaluations.remove(c.req.valid('param').id);
      return c.json({}, 200);
    },
  );
  app.openapi(
    bytesRoute(
      { method: 'get', path: '/evaluations/{id}/page', summary: 'The report, to be looked at and printed.', request: { params } },
      'text/html',
    ),
    async (c) => {
      const text = evaluationReport(await host.workspace.evaluations.get(c.req.valid('param').id), host.status().version);
      return new Response(text, { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': reportPolicy } });
    },
  );
  const file = (ending: string, type: string, summary: string, write: (stored: Stored) => string): void => {
    app.openapi(bytesRoute({ method: 'get', path: `/evaluations/{id}/${ending}`, summary, request: { params } }, type), async (c) => {
      const { id } = c.req.valid('param');
      const text = write(await host.workspace.evaluations.get(id));
      const name = `evaluation-${id}.${ending}`;
      return new Response(text, {
        headers: { 'content-type': `${type}; charset=utf-8`, 'content-disposition': `attachment; filename="${name}"` },
      });
    });
  };
  file('csv', 'text/csv', 'A row for each model, scan and segment.', evaluationCsv);
  file('json', 'application/json', 'The whole document.', evaluationJson);
  file('html', 'text/html', 'A report: methods, tables, figures.', (stored) => evaluationReport(stored, host.status().version));
}

type Stored = Parameters<typeof evaluationReport>[0];
