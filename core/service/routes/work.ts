import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { id } from '../api/common.ts';
import { layerSummary } from '../api/layers.ts';
import {
  agreementListing,
  agreementQuery,
  agreementRequest,
  assignRequest,
  consensusRequest,
  itemsRequest,
  layerNames,
  scanAgreement,
  startedWork,
  startRequest,
  stateRequest,
  workListing,
} from '../api/work.ts';
import type { Host } from '../host.ts';
import { jsonBody, jsonRoute } from './route.ts';

const ofScan = z.object({ id });

/** Who reads which scan, and how far readers agree. */
export function workRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'get', path: '/work', summary: 'Who reads which scan.' }, workListing), async (c) =>
    c.json(await host.workspace.work.readers.list(), 200),
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: '/work/assign', summary: 'Gives scans to readers.', request: { body: jsonBody(assignRequest) } },
      workListing,
    ),
    async (c) => c.json(await host.workspace.work.readers.assign(c.req.valid('json')), 200),
  );
  app.openapi(
    jsonRoute({ method: 'post', path: '/work/state', summary: 'How far work is.', request: { body: jsonBody(stateRequest) } }, workListing),
    async (c) => c.json(await host.workspace.work.readers.setState(c.req.valid('json')), 200),
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: '/work/remove', summary: 'Takes scans from readers.', request: { body: jsonBody(itemsRequest) } },
      workListing,
    ),
    async (c) => c.json(await host.workspace.work.readers.remove(c.req.valid('json')), 200),
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: '/work/restore', summary: 'Brings assignments back.', request: { body: jsonBody(itemsRequest) } },
      workListing,
    ),
    async (c) => c.json(await host.workspace.work.readers.restore(c.req.valid('json')), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/work/{id}/start',
        summary: "Begins, or goes on: the reader's own layer, made where there is none.",
        request: { params: ofScan, body: jsonBody(startRequest) },
      },
      startedWork,
    ),
    async (c) => c.json(await host.workspace.work.readers.start(c.req.valid('param').id, c.req.valid('json')), 200),
  );
  app.openapi(jsonRoute({ method: 'get', path: '/agreement/names', summary: 'Names of layers.' }, layerNames), async (c) =>
    c.json(await host.workspace.work.agreements.names(), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'get',
        path: '/agreement',
        summary: 'How far layers of two names agree, as far as it is computed.',
        request: { query: agreementQuery },
      },
      agreementListing,
    ),
    async (c) => {
      const { first, second } = c.req.valid('query');
      return c.json(await host.workspace.work.agreements.overall(first, second), 200);
    },
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/scans/{id}/agreement',
        summary: 'Computes how far two layers of a scan agree.',
        request: { params: ofScan, body: jsonBody(agreementRequest) },
      },
      scanAgreement,
    ),
    async (c) => {
      const { first, second } = c.req.valid('json');
      return c.json(await host.workspace.work.agreements.compare(c.req.valid('param').id, first, second, c.req.raw.signal), 200);
    },
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/scans/{id}/consensus',
        summary: 'Makes a layer of what several say.',
        request: { params: ofScan, body: jsonBody(consensusRequest) },
      },
      layerSummary,
    ),
    async (c) =>
      c.json(await host.workspace.work.agreements.consensus(c.req.valid('param').id, c.req.valid('json'), c.req.raw.signal), 200),
  );
}
