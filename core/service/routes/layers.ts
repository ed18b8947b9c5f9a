import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { id } from '../api/common.ts';
import { job } from '../api/jobs.ts';
import { layerSummary, segmentStatistics } from '../api/layers.ts';
import { importLayerRequest } from '../api/uploads.ts';
import { rangedAnswer } from '../files/ranged-answer.ts';
import type { Host } from '../host.ts';
import { voxelsAnswer } from './labels.ts';
import { bytesRoute, jsonBody, jsonRoute } from './route.ts';

const ofScan = z.object({ id });
const ofLayer = z.object({ id, layer: id });

export function layerRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(
    jsonRoute(
      { method: 'get', path: '/scans/{id}/layers', summary: 'Label layers of a scan.', request: { params: ofScan } },
      z.array(layerSummary),
    ),
    async (c) => c.json(await host.workspace.library.layers(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/scans/{id}/layers/import',
        summary: 'Reads a label map onto the grid of the scan.',
        request: { params: ofScan, body: jsonBody(importLayerRequest) },
      },
      job,
    ),
    async (c) => {
      return c.json(await host.workspace.submit({ kind: 'import-layer', scan: c.req.valid('param').id, ...c.req.valid('json') }), 200);
    },
  );
  app.openapi(
    bytesRoute({
      method: 'get',
      path: '/scans/{id}/layers/{layer}/voxels',
      summary: 'The label map as it is now, little-endian, i fastest; Tessera-Sequence is the number of its last change.',
      request: { params: ofLayer },
    }),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      const draft = await host.workspace.draftVoxels(id, layer);
      if (draft !== undefined) return rangedAnswer(c.req.raw, draft);
      return voxelsAnswer(c.req.raw, await host.workspace.labels.voxels(id, layer));
    },
  );
  app.openapi(
    bytesRoute({
      method: 'get',
      path: '/scans/{id}/layers/{layer}/entropy',
      summary: 'Uncertainty of the model that drew it, a byte a voxel; 255 is the largest there can be.',
      request: { params: ofLayer },
    }),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      return rangedAnswer(c.req.raw, await host.workspace.layerEntropy(id, layer));
    },
  );
  app.openapi(
    jsonRoute(
      {
        method: 'get',
        path: '/scans/{id}/layers/{layer}/statistics',
        summary: 'Volume and values of each segment.',
        request: { params: ofLayer },
      },
      z.array(segmentStatistics),
    ),
    async (c) => {
      const { id: scan, layer } = c.req.valid('param');
      return c.json(await host.workspace.engines.ask('layer-statistics', { scan, layer }, { signal: c.req.raw.signal }), 200);
    },
  );
}
