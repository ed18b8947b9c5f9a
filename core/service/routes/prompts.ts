import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { TesseraError } from '../../base/errors.ts';
import { decodedDelta } from '../../labelling/delta-bytes.ts';
import { EDIT_TYPE, encodeEdit } from '../../labelling/edit-frame.ts';
import { id } from '../api/common.ts';
import { promptsRequest, type PromptsResult } from '../api/prompts.ts';
import type { Host } from '../host.ts';
import { bytesRoute, jsonBody } from './route.ts';

/** Structures that a person shows by clicks, scribbles and boxes. */
export function promptRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(
    bytesRoute(
      {
        method: 'post',
        path: '/scans/{id}/prompts',
        summary: 'The structure that prompts show, found with the features of a pre-trained model: an edit from an empty label map.',
        request: { params: z.object({ id }), body: jsonBody(promptsRequest) },
      },
      EDIT_TYPE,
    ),
    async (c) => {
      const { engines } = host.workspace;
      const { signal } = c.req.raw;
      const { prompts, within, ...model } = c.req.valid('json');
      const features = { ...model, scan: c.req.valid('param').id };
      const request = { ...features, prompts, ...(within === undefined ? {} : { within }) };
      // Answers need no network, so they do not wait for a training that keeps the other engine busy.
      let answer = await engines.ask('prompts', request, { signal });
      if (answer.state === 'missing') {
        await engines.ask('prompt-features', features, { signal });
        answer = await engines.ask('prompts', request, { signal });
      }
      if (answer.state === 'missing')
        throw new TesseraError('conflict', 'The features of the scan went as they were made.', { advice: 'Repeat the click.' });
      const { voxels, milliseconds } = answer;
      const result: PromptsResult = { voxels, milliseconds };
      const bytes = encodeEdit(result, decodedDelta(Buffer.from(answer.delta, 'base64')));
      return new Response(bytes, { headers: { 'Content-Type': EDIT_TYPE } });
    },
  );
}
