import { Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { bodyLimit } from 'hono/body-limit';
import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { MOST_EDIT_BYTES } from '../labelling/edit-frame.ts';
import { projectFolder } from '../base/project-folder.ts';
import type { ErrorAnswer } from './api/errors.ts';
import type { Host } from './host.ts';
import { Page } from './page.ts';
import { auditRoutes } from './routes/audit.ts';
import { evaluationRoutes } from './routes/evaluations.ts';
import { eventRoutes } from './routes/events.ts';
import { improvementRoutes } from './routes/improvements.ts';
import { inspectRoutes } from './routes/inspect.ts';
import { jobRoutes } from './routes/jobs.ts';
import { labelRoutes } from './routes/labels.ts';
import { layerRoutes } from './routes/layers.ts';
import { modelRoutes } from './routes/models.ts';
import { promptRoutes } from './routes/prompts.ts';
import { rankingRoutes } from './routes/ranking.ts';
import { remarkRoutes } from './routes/remarks.ts';
import { JSON_LIMIT, newRoutes } from './routes/route.ts';
import { sampleRoutes } from './routes/samples.ts';
import { scanRoutes } from './routes/scans.ts';
import { splitRoutes } from './routes/splits.ts';
import { statusRoutes } from './routes/status.ts';
import { trainingRoutes } from './routes/training.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { workRoutes } from './routes/work.ts';
import { secured } from './security-headers.ts';
import { statusOf, wireError } from './wire-error.ts';

export interface AppOptions {
  /** Folder of the built page; where `npm run build` puts it unless given. */
  readonly pageFolder?: string;
}

/**
 * The application behind every door: the API under /api, the page elsewhere. It asks nobody who they are; the doors do (`doors/`).
 * All answers carry the security headers, all failures are `{ error }`.
 */
export function createApp(host: Host, options: AppOptions = {}): Hono {
  const page = new Page(options.pageFolder ?? join(projectFolder(), 'dist', 'renderer'));
  const api = newRoutes();
  const files = /^\/api\/uploads\/[^/]+\/files$/;
  const edits = /^\/api\/scans\/[^/]+\/layers\/[^/]+\/edits$/;
  const [limit, editLimit] = [limitOf(JSON_LIMIT), limitOf(MOST_EDIT_BYTES)];
  // Uploaded files have their own limits (library/sources.ts).
  api.use((c, next) => {
    if (c.req.method === 'PUT' && files.test(c.req.path)) return next();
    return c.req.method === 'POST' && edits.test(c.req.path) ? editLimit(c, next) : limit(c, next);
  });
  for (const routes of [
    statusRoutes,
    eventRoutes,
    uploadRoutes,
    sampleRoutes,
    scanRoutes,
    splitRoutes,
    layerRoutes,
    labelRoutes,
    modelRoutes,
    jobRoutes,
    trainingRoutes,
    inspectRoutes,
    promptRoutes,
    workRoutes,
    remarkRoutes,
    auditRoutes,
    evaluationRoutes,
    rankingRoutes,
    improvementRoutes,
  ])
    routes(api, host);
  const { version } = host.status();
  api.doc31('/openapi.json', { openapi: '3.1.0', info: { title: 'Tessera', version } });

  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.res = secured(c.res);
  });
  app.route('/api', api);
  app.all('/api/*', () => {
    throw new TesseraError('not-found', 'There is no such address.', { advice: 'GET openapi.json of the API lists all.' });
  });
  app.get('/*', (c) => page.answer(c.req.path));
  app.notFound((c) => c.json(answerOf(new TesseraError('not-found', 'There is no such address.')), 404));
  app.onError((error) => errorResponse(error));
  return app;
}

function limitOf(bytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new TesseraError('too-large', `A request may have ${bytes} bytes at most.`);
    },
  });
}

/** A failure as an answer. */
export function errorResponse(error: unknown): Response {
  const told = error instanceof HTTPException ? new TesseraError('bad-setting', 'The request cannot be read.', { cause: error }) : error;
  const status = error instanceof HTTPException ? error.status : statusOf(told);
  return secured(Response.json(answerOf(told), { status }));
}

function answerOf(error: unknown): ErrorAnswer {
  return { error: wireError(error) };
}
