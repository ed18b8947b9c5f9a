import type { OpenAPIHono } from '@hono/zod-openapi';
import { job } from '../api/jobs.ts';
import type { Host } from '../host.ts';
import { sampleFiles } from '../library/samples.ts';
import { jsonRoute } from './route.ts';

export function sampleRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'post', path: '/samples', summary: 'Imports the scans that ship with the program.' }, job), async (c) => {
    const { workspace } = host;
    workspace.checkWritable();
    const source = await workspace.sources.register(await sampleFiles());
    return c.json(await workspace.submit({ kind: 'import', source }), 200);
  });
}
