import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { join } from 'node:path';
import type * as z from 'zod';
import { TesseraError } from '../../base/errors.ts';
import { CONTROL_HEADER, locateRequest, sourcesRequest, type LocateRequest } from '../api/control.ts';
import { errorResponse } from '../app.ts';
import type { Host } from '../host.ts';
import { sameSecret } from './token.ts';

/** Bytes of a control request: a hundred thousand paths fit. */
const LIMIT = 64 * 1024 ** 2;

/**
 * The door of the desktop shell, on a socket that only this user can open. The page comes through it as it is; `/control` is for the shell
 * itself, which proves so with the secret that it gave the host at its start. The shell's proxy passes no such request of the page on.
 */
export function desktopDoor(app: Hono, host: Host, secret: string): Hono {
  const control = new Hono();
  control.use(async (c, next) => {
    if (sameSecret(c.req.header(CONTROL_HEADER) ?? '', secret)) return next();
    throw new TesseraError('not-allowed', 'Only the desktop shell may ask this.');
  });
  control.use(bodyLimit({ maxSize: LIMIT }));
  control.post('/sources', async (c) => {
    const { paths } = await checked(c.req.raw, sourcesRequest);
    host.workspace.checkWritable();
    return c.json({ source: await host.workspace.sources.register(paths) });
  });
  control.post('/locate', async (c) => c.json({ path: await locate(host, await checked(c.req.raw, locateRequest)) }));

  const door = new Hono();
  door.onError((error) => errorResponse(error));
  door.route('/control', control);
  door.all('/control/*', () => {
    throw new TesseraError('not-found', 'There is no such address.');
  });
  door.all('*', (c) => app.fetch(c.req.raw, c.env));
  return door;
}

async function locate(host: Host, wanted: LocateRequest): Promise<string> {
  const { workspace, library } = host.workspace;
  switch (wanted.what) {
    case 'workspace':
      return workspace.folder;
    case 'scan':
      await library.document(wanted.id);
      return join(workspace.folder, 'scans', wanted.id);
    case 'model': {
      for (const kind of ['models', 'runs'] as const)
        if ((await workspace.items(kind)).includes(wanted.id)) return workspace.itemPath(kind, wanted.id);
      throw new TesseraError('not-found', 'There is no such model.', { subject: wanted.id });
    }
  }
}

async function checked<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const body: unknown = await request.json().catch(() => undefined);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new TesseraError('bad-setting', 'The request cannot be read.', { cause: result.error });
}
