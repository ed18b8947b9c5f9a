import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { id } from '../api/common.ts';
import { job, jobMove, newJob } from '../api/jobs.ts';
import type { Host } from '../host.ts';
import { jsonBody, jsonRoute } from './route.ts';

const params = z.object({ id });

export function jobRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'get', path: '/jobs', summary: 'All jobs, the oldest first.' }, z.array(job)), (c) =>
    c.json([...host.workspace.jobs.list()], 200),
  );
  app.openapi(
    jsonRoute({ method: 'post', path: '/jobs', summary: 'Puts a job into the queue.', request: { body: jsonBody(newJob) } }, job),
    async (c) => c.json(await host.workspace.submit(c.req.valid('json')), 200),
  );
  app.openapi(jsonRoute({ method: 'get', path: '/jobs/{id}', summary: 'A job.', request: { params } }, job), (c) =>
    c.json(host.workspace.jobs.get(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute({ method: 'post', path: '/jobs/{id}/pause', summary: 'Lets a job wait, at its next good place.', request: { params } }, job),
    async (c) => c.json(await host.workspace.jobs.pause(c.req.valid('param').id), 200),
  );
  app.openapi(jsonRoute({ method: 'post', path: '/jobs/{id}/resume', summary: 'Lets it go on.', request: { params } }, job), async (c) =>
    c.json(await host.workspace.jobs.resumeJob(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/jobs/{id}/move',
        summary: 'Lets a job that waits have its turn sooner or later by one; answers all jobs.',
        request: { params, body: jsonBody(jobMove) },
      },
      z.array(job),
    ),
    async (c) => c.json([...(await host.workspace.jobs.move(c.req.valid('param').id, c.req.valid('json').by === 'up' ? -1 : 1))], 200),
  );
  app.openapi(jsonRoute({ method: 'post', path: '/jobs/{id}/cancel', summary: 'Ends a job.', request: { params } }, job), async (c) =>
    c.json(await host.workspace.jobs.cancel(c.req.valid('param').id), 200),
  );
}
