import { join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { id } from '../api/common.ts';
import { engineRequests } from '../api/engine.ts';
import { inspectVolumes } from '../api/inspect.ts';
import { fileContent, rangedAnswer } from '../files/ranged-answer.ts';
import type { Host } from '../host.ts';
import { bytesRoute, jsonBody, jsonRoute } from './route.ts';

const params = z.object({ id });
const volumeParams = z.object({ id, volume: z.enum(inspectVolumes) });

/** Looking into pre-trained models. What the engine computed lies in the cache of the workspace under the id it answered. */
export function inspectRoutes(app: OpenAPIHono, host: Host): void {
  const question = (
    path: string,
    name: 'warm-up' | 'inspect-view' | 'inspect' | 'features' | 'similar' | 'consistency',
    summary: string,
  ): void => {
    const { input, output } = engineRequests[name];
    app.openapi(jsonRoute({ method: 'post', path, summary, request: { body: jsonBody(input) } }, output), async (c) =>
      c.json(await host.workspace.engines.ask(name, c.req.valid('json'), { signal: c.req.raw.signal }), 200),
    );
  };
  const bytes = async (request: Request, kind: string, id: string, name: string): Promise<Response> => {
    const file = join(host.workspace.workspace.cachePath, kind, id, `${name}.raw`);
    return rangedAnswer(request, await fileContent(file, `${kind}-${id}-${name}`));
  };
  const volumes = (path: string, kind: string): void => {
    const summary = 'float32 on the grid of the view.';
    app.openapi(bytesRoute({ method: 'get', path: `${path}/{id}/{volume}`, summary, request: { params: volumeParams } }), (c) =>
      bytes(c.req.raw, kind, c.req.valid('param').id, c.req.valid('param').volume),
    );
  };
  const map = (kind: 'features' | 'similar', summary: string): void => {
    app.openapi(bytesRoute({ method: 'get', path: `/${kind}/{id}`, summary, request: { params } }), (c) =>
      bytes(c.req.raw, kind, c.req.valid('param').id, kind),
    );
  };

  question('/inspect/warm-up', 'warm-up', 'Loads a model that will be asked soon.');
  question('/inspect/view', 'inspect-view', 'Masks a view of a scan: what /inspect will reconstruct, at once.');
  volumes('/inspect/view', 'views');
  question('/inspect', 'inspect', 'Masks and reconstructs a view of a scan.');
  volumes('/inspect', 'inspect');
  question('/features', 'features', 'Principal components of patch features.');
  map('features', 'uint8 RGB, one colour a patch.');
  question('/similar', 'similar', 'How alike patches are to the one at a point.');
  map('similar', 'float32, one cosine a patch.');
  question('/consistency', 'consistency', 'Agreement of student and teacher.');
}
