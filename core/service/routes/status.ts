import type { OpenAPIHono } from '@hono/zod-openapi';
import { status } from '../api/status.ts';
import type { Host } from '../host.ts';
import { jsonRoute } from './route.ts';

export function statusRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(jsonRoute({ method: 'get', path: '/status', summary: 'What runs here.' }, status), (c) => c.json(host.status(), 200));
}
