import type { OpenAPIHono } from '@hono/zod-openapi';
import { auditQuery, auditTrail } from '../api/work.ts';
import type { Host } from '../host.ts';
import { auditCsv, auditTrailOf } from '../work/audit-trail.ts';
import { bytesRoute, jsonRoute } from './route.ts';

/** Who did what. */
export function auditRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(
    jsonRoute({ method: 'get', path: '/audit', summary: 'Who did what, the latest first.', request: { query: auditQuery } }, auditTrail),
    async (c) => {
      const { scan, before } = c.req.valid('query');
      return c.json(await auditTrailOf(host.workspace.workspace, scan, before), 200);
    },
  );
  app.openapi(
    bytesRoute({ method: 'get', path: '/audit.csv', summary: 'The same as a table, whole.', request: { query: auditQuery } }, 'text/csv'),
    async (c) => {
      const headers = { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': 'attachment; filename="audit.csv"' };
      return new Response(await auditCsv(host.workspace.workspace, c.req.valid('query').scan), { headers });
    },
  );
}
