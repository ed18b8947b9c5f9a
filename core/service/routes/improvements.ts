import type { OpenAPIHono } from '@hono/zod-openapi';
import { TesseraError } from '../../base/errors.ts';
import { chooseModel } from '../../workspace/index.ts';
import { modelChoice, modelHistory } from '../api/improvements.ts';
import type { Host } from '../host.ts';
import { jsonBody, jsonRoute } from './route.ts';

/** The model in use, those before it, and what training on corrections came to. */
export function improvementRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(
    jsonRoute(
      { method: 'get', path: '/models/history', summary: 'The model in use, earlier ones, and improvements with their comparisons.' },
      modelHistory,
    ),
    async (c) => c.json(await host.workspace.engines.ask('model-history', {}, { signal: c.req.raw.signal }), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/models/current',
        summary: 'Takes a model into use, or goes back to an earlier one.',
        request: { body: jsonBody(modelChoice) },
      },
      modelHistory,
    ),
    async (c) => {
      const { workspace, engines } = host.workspace;
      host.workspace.checkWritable();
      const { model } = c.req.valid('json');
      const known = await engines.ask('models', {});
      if (!known.some(({ id, kind }) => id === model && kind === 'segmentation'))
        throw new TesseraError('not-found', 'There is no such model that segments.', { subject: model, advice: 'Choose another.' });
      await chooseModel(workspace, model);
      return c.json(await engines.ask('model-history', {}), 200);
    },
  );
}
