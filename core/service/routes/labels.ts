import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { TesseraError } from '../../base/errors.ts';
import { EDIT_TYPE } from '../../labelling/edit-frame.ts';
import { count, id } from '../api/common.ts';
import { labelState, labelVersion, newLayer, newVersion, removedLayer, renameLayer, stepRequest } from '../api/labels.ts';
import { layerSummary } from '../api/layers.ts';
import { rangedAnswer } from '../files/ranged-answer.ts';
import type { Host } from '../host.ts';
import type { LabelVoxels } from '../labels/labels.ts';
import { bytesRoute, jsonBody, jsonRoute } from './route.ts';

const ofScan = z.object({ id });
const ofLayer = z.object({ id, layer: id });
const ofVersion = z.object({ id, layer: id, version: id });
const frame = { required: true, content: { [EDIT_TYPE]: { schema: z.string().meta({ format: 'binary' }) } } } as const;

/** Drawing: one layer, its changes and its versions. */
export function labelRoutes(app: OpenAPIHono, host: Host): void {
  const layer = '/scans/{id}/layers/{layer}';

  app.openapi(
    jsonRoute(
      { method: 'post', path: '/scans/{id}/layers', summary: 'Makes a layer.', request: { params: ofScan, body: jsonBody(newLayer) } },
      layerSummary,
    ),
    async (c) => c.json(await host.workspace.shelf.create(c.req.valid('param').id, c.req.valid('json')), 200),
  );
  app.openapi(
    jsonRoute(
      { method: 'get', path: '/scans/{id}/layers/removed', summary: 'Layers in the trash.', request: { params: ofScan } },
      z.array(removedLayer),
    ),
    async (c) => c.json(await host.workspace.shelf.removed(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: `${layer}/rename`,
        summary: 'Gives a layer another name.',
        request: { params: ofLayer, body: jsonBody(renameLayer) },
      },
      layerSummary,
    ),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      return c.json(await host.workspace.shelf.rename(id, layer, c.req.valid('json').name), 200);
    },
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: `${layer}/remove`, summary: 'Moves a layer to the trash.', request: { params: ofLayer } },
      layerSummary,
    ),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      return c.json(await host.workspace.shelf.remove(id, layer), 200);
    },
  );
  app.openapi(
    jsonRoute(
      { method: 'post', path: `${layer}/restore`, summary: 'Takes a layer out of the trash.', request: { params: ofLayer } },
      layerSummary,
    ),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      return c.json(await host.workspace.shelf.restore(id, layer), 200);
    },
  );
  app.openapi(
    jsonRoute(
      { method: 'get', path: `${layer}/state`, summary: 'What was done, and what can be undone.', request: { params: ofLayer } },
      labelState,
    ),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      return c.json(await host.workspace.labels.state(id, layer), 200);
    },
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: `${layer}/edits`,
        summary: 'Changes voxels, segments or both in one step: an edit frame, answered when it is on the disk.',
        request: { params: ofLayer, body: frame },
      },
      labelState,
    ),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      if (c.req.header('Content-Type') !== EDIT_TYPE)
        throw new TesseraError('bad-setting', `An edit comes as ${EDIT_TYPE}.`, { subject: 'Content-Type' });
      return c.json(await host.workspace.labels.edit(id, layer, new Uint8Array(await c.req.arrayBuffer())), 200);
    },
  );
  const steps = { undo: 'Takes the newest step back.', redo: 'Does again what was undone last.' } as const;
  for (const step of ['undo', 'redo'] as const)
    app.openapi(
      jsonRoute(
        { method: 'post', path: `${layer}/${step}`, summary: steps[step], request: { params: ofLayer, body: jsonBody(stepRequest) } },
        labelState,
      ),
      async (c) => {
        const { id, layer } = c.req.valid('param');
        return c.json(await host.workspace.labels[step](id, layer, c.req.valid('json')), 200);
      },
    );
  app.openapi(
    bytesRoute(
      {
        method: 'get',
        path: `${layer}/changes`,
        summary: 'What changed after a change: an edit frame with the present state.',
        request: { params: ofLayer, query: z.object({ after: z.coerce.number().pipe(count) }) },
      },
      EDIT_TYPE,
    ),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      const changes = await host.workspace.labels.changes(id, layer, c.req.valid('query').after);
      return new Response(changes, { headers: { 'Content-Type': EDIT_TYPE } });
    },
  );
  app.openapi(
    jsonRoute(
      { method: 'get', path: `${layer}/versions`, summary: 'States that were kept.', request: { params: ofLayer } },
      z.array(labelVersion),
    ),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      return c.json(await host.workspace.labels.versions(id, layer), 200);
    },
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: `${layer}/versions`,
        summary: 'Keeps the present state under a name.',
        request: { params: ofLayer, body: jsonBody(newVersion) },
      },
      labelVersion,
    ),
    async (c) => {
      const { id, layer } = c.req.valid('param');
      return c.json(await host.workspace.labels.keepVersion(id, layer, c.req.valid('json')), 200);
    },
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: `${layer}/versions/{version}/restore`,
        summary: 'Brings a version back, as a step that can be undone.',
        request: { params: ofVersion, body: jsonBody(stepRequest) },
      },
      labelState,
    ),
    async (c) => {
      const { id, layer, version } = c.req.valid('param');
      return c.json(await host.workspace.labels.restoreVersion(id, layer, version, c.req.valid('json')), 200);
    },
  );
  app.openapi(
    bytesRoute({
      method: 'get',
      path: `${layer}/versions/{version}/voxels`,
      summary: 'The label map of a version, little-endian, i fastest.',
      request: { params: ofVersion },
    }),
    async (c) => {
      const { id, layer, version } = c.req.valid('param');
      return voxelsAnswer(c.req.raw, await host.workspace.labels.versionVoxels(id, layer, version));
    },
  );
}

/** Voxels, with the number of the last change in them as `Tessera-Sequence`. */
export function voxelsAnswer(request: Request, { content, sequence }: LabelVoxels): Response {
  const answer = rangedAnswer(request, content);
  answer.headers.set('Tessera-Sequence', String(sequence));
  return answer;
}
