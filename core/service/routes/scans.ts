import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { id } from '../api/common.ts';
import { measurements } from '../api/measurements.ts';
import { scanDetails, scanListing, scanSummary } from '../api/scans.ts';
import { rangedAnswer } from '../files/ranged-answer.ts';
import type { Host } from '../host.ts';
import { bytesRoute, jsonBody, jsonRoute } from './route.ts';

const params = z.object({ id });
const levelParams = z.object({ id, level: z.coerce.number().int().min(0).max(20) });

export function scanRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'get', path: '/scans', summary: 'All scans, removed ones too.' }, scanListing), async (c) =>
    c.json(await host.workspace.library.scans(), 200),
  );
  app.openapi(
    jsonRoute({ method: 'get', path: '/scans/{id}', summary: 'A scan, ready to be shown.', request: { params } }, scanDetails),
    async (c) => c.json(await host.workspace.scanDetails(c.req.valid('param').id), 200),
  );
  app.openapi(
    bytesRoute({
      method: 'get',
      path: '/scans/{id}/voxels/{level}',
      summary: 'Stored voxels, little-endian, i fastest. Level 0 is the scan itself.',
      request: { params: levelParams },
    }),
    async (c) => {
      const { id, level } = c.req.valid('param');
      return rangedAnswer(c.req.raw, await host.workspace.scanVoxels(id, level));
    },
  );
  app.openapi(
    bytesRoute(
      { method: 'get', path: '/scans/{id}/thumbnail', summary: 'A small picture of the middle.', request: { params } },
      'image/png',
    ),
    async (c) => rangedAnswer(c.req.raw, await host.workspace.thumbnail(c.req.valid('param').id, c.req.raw.signal)),
  );
  app.openapi(
    jsonRoute({ method: 'get', path: '/scans/{id}/measurements', summary: 'What was measured in it.', request: { params } }, measurements),
    async (c) => c.json(await host.workspace.workspace.measurements(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'put',
        path: '/scans/{id}/measurements',
        summary: 'Keeps what was measured in it, instead of what was before.',
        request: { params, body: jsonBody(measurements) },
      },
      measurements,
    ),
    async (c) => {
      const kept = c.req.valid('json');
      await host.workspace.workspace.keepMeasurements(c.req.valid('param').id, kept);
      return c.json(kept, 200);
    },
  );
  app.openapi(
    jsonRoute({ method: 'post', path: '/scans/{id}/remove', summary: 'Moves a scan to the trash.', request: { params } }, scanSummary),
    async (c) => c.json(await host.workspace.removeScan(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute({ method: 'post', path: '/scans/{id}/restore', summary: 'Takes a scan out of the trash.', request: { params } }, scanSummary),
    async (c) => c.json(await host.workspace.restoreScan(c.req.valid('param').id), 200),
  );
}
