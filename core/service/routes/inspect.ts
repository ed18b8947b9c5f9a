import { join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { id } from '../api/common.ts';
import {
  consistencyRequest,
  consistencyResult,
  featuresRequest,
  featuresResult,
  inspectRequest,
  inspectResult,
  inspectVolumes,
  similarRequest,
  similarResult,
} from '../api/inspect.ts';
import { fileContent, rangedAnswer } from '../files/ranged-answer.ts';
import type { Host } from '../host.ts';
import { bytesRoute, jsonBody, jsonRoute } from './route.ts';

const params = z.object({ id });
const volumeParams = z.object({ id, volume: z.enum(inspectVolumes) });

/** Looking into pre-trained models. What the engine computed lies in the cache of the workspace under the id it answered. */
export function inspectRoutes(app: OpenAPIHono, host: Host): void {
  const bytes = async (request: Request, kind: string, id: string, name: string): Promise<Response> => {
    const file = join(host.workspace.workspace.cachePath, kind, id, `${name}.raw`);
    return rangedAnswer(request, await fileContent(file, `${kind}-${id}-${name}`));
  };

  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/inspect',
        summary: 'Masks and reconstructs a view of a scan.',
        request: { body: jsonBody(inspectRequest) },
      },
      inspectResult,
    ),
    async (c) => c.json(await host.workspace.engines.ask('inspect', c.req.valid('json'), { signal: c.req.raw.signal }), 200),
  );
  app.openapi(
    bytesRoute({
      method: 'get',
      path: '/inspect/{id}/{volume}',
      summary: 'float32 on the grid of the view.',
      request: { params: volumeParams },
    }),
    (c) => bytes(c.req.raw, 'inspect', c.req.valid('param').id, c.req.valid('param').volume),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/features',
        summary: 'Principal components of patch features.',
        request: { body: jsonBody(featuresRequest) },
      },
      featuresResult,
    ),
    async (c) => c.json(await host.workspace.engines.ask('features', c.req.valid('json'), { signal: c.req.raw.signal }), 200),
  );
  app.openapi(bytesRoute({ method: 'get', path: '/features/{id}', summary: 'uint8 RGB, one colour a patch.', request: { params } }), (c) =>
    bytes(c.req.raw, 'features', c.req.valid('param').id, 'features'),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/similar',
        summary: 'How alike patches are to the one at a point.',
        request: { body: jsonBody(similarRequest) },
      },
      similarResult,
    ),
    async (c) => c.json(await host.workspace.engines.ask('similar', c.req.valid('json'), { signal: c.req.raw.signal }), 200),
  );
  app.openapi(bytesRoute({ method: 'get', path: '/similar/{id}', summary: 'float32, one cosine a patch.', request: { params } }), (c) =>
    bytes(c.req.raw, 'similar', c.req.valid('param').id, 'similar'),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/consistency',
        summary: 'Agreement of student and teacher.',
        request: { body: jsonBody(consistencyRequest) },
      },
      consistencyResult,
    ),
    async (c) => c.json(await host.workspace.engines.ask('consistency', c.req.valid('json'), { signal: c.req.raw.signal }), 200),
  );
}
