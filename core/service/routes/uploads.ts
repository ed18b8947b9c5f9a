import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { source } from '../api/common.ts';
import { newSource, sourceState } from '../api/uploads.ts';
import type { Host } from '../host.ts';
import { jsonRoute } from './route.ts';

const file = { params: z.object({ source }), query: z.object({ name: z.string().min(1).max(4096) }) };

export function uploadRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'post', path: '/uploads', summary: 'Begins an upload.' }, newSource), async (c) => {
    host.workspace.checkWritable();
    return c.json({ source: await host.workspace.sources.create() }, 200);
  });
  app.openapi(
    jsonRoute(
      { method: 'put', path: '/uploads/{source}/files', summary: 'Adds a file: its bytes are the body.', request: file },
      sourceState,
    ),
    async (c) => {
      const length = c.req.header('Content-Length');
      const announced = length === undefined ? undefined : Number(length);
      const { sources } = host.workspace;
      return c.json(await sources.addFile(c.req.valid('param').source, c.req.valid('query').name, c.req.raw.body, announced), 200);
    },
  );
}
