import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { job } from '../api/jobs.ts';
import { modelChoiceOf, modelPage, type ModelPage } from '../api/model-card.ts';
import { modelSummary, type ModelSummary } from '../api/models.ts';
import { importRequest } from '../api/uploads.ts';
import type { Host } from '../host.ts';
import { retireModel, retiredModels } from '../../workspace/index.ts';
import { fileContent, rangedAnswer } from '../files/ranged-answer.ts';
import { bytesRoute, jsonBody, jsonRoute } from './route.ts';

const params = modelChoiceOf;

export function modelRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'get', path: '/models', summary: 'Models and pre-training runs.' }, z.array(modelSummary)), async (c) =>
    c.json(await offered(host, c.req.raw.signal), 200),
  );
  app.openapi(
    jsonRoute({ method: 'get', path: '/models/{kind}/{model}', summary: 'What is known of a model.', request: { params } }, modelPage),
    async (c) => c.json(await pageOf(host, c.req.valid('param'), c.req.raw.signal), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/models/{kind}/{model}/retire',
        summary: 'Offers a model no more, or again.',
        request: { params, body: jsonBody(z.object({ retired: z.boolean() })) },
      },
      modelPage,
    ),
    async (c) => {
      host.workspace.checkWritable();
      const choice = c.req.valid('param');
      await host.workspace.engines.ask('model-card', choice);
      await retireModel(host.workspace.workspace, choice.model, c.req.valid('json').retired);
      return c.json(await pageOf(host, choice, c.req.raw.signal), 200);
    },
  );
  app.openapi(
    bytesRoute({
      method: 'get',
      path: '/models/{kind}/{model}/file',
      summary:
        'A model, or the weights of a pre-training run, as one .safetensors file, to be imported elsewhere; its SHA-256 is the ETag.',
      request: { params },
    }),
    async (c) => {
      const choice = c.req.valid('param');
      const { file, sha256 } = await host.workspace.engines.ask('export-model', choice, { signal: c.req.raw.signal });
      const answer = rangedAnswer(c.req.raw, await fileContent(host.workspace.inside(file), sha256));
      answer.headers.set(
        'Content-Disposition',
        `attachment; filename="${choice.kind === 'pretrained' ? 'encoder' : 'model'}-${choice.model}.safetensors"`,
      );
      return answer;
    },
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: '/models/import', summary: 'Takes in a model or run.', request: { body: jsonBody(importRequest) } },
      job,
    ),
    async (c) => c.json(await host.workspace.submit({ kind: 'import-model', source: c.req.valid('json').source }), 200),
  );
}

async function offered(host: Host, signal: AbortSignal): Promise<ModelSummary[]> {
  const { engines, workspace } = host.workspace;
  const [models, retired] = await Promise.all([engines.ask('models', {}, { signal }), retiredModels(workspace)]);
  return models.map((model) => (retired.has(model.id) ? { ...model, retired: true } : model));
}

async function pageOf(host: Host, choice: { model: string; kind: ModelSummary['kind'] }, signal: AbortSignal): Promise<ModelPage> {
  const { engines, workspace, evaluations } = host.workspace;
  const card = await engines.ask('model-card', choice, { signal });
  const of = (await evaluations.list()).filter(({ models }) => models.some(({ id }) => id === choice.model));
  return { ...card, retired: (await retiredModels(workspace)).has(choice.model), evaluations: of };
}
