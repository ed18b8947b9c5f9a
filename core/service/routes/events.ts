import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import type { Host } from '../host.ts';
import { eventStream } from './event-stream.ts';

const after = z.coerce.number().int().min(0).exactOptional();

export function eventRoutes(app: OpenAPIHono, host: Host): void {
  const route = createRoute({
    method: 'get',
    path: '/events',
    request: { query: z.object({ after }), headers: z.object({ 'last-event-id': after }) },
    responses: {
      200: {
        description: 'Server-sent events, from the one after the last that was seen.',
        content: { 'text/event-stream': { schema: z.string() } },
      },
    },
  });
  app.openapi(route, (c) => {
    const seen = c.req.valid('header')['last-event-id'] ?? c.req.valid('query').after;
    return new Response(eventStream(host.events, seen), {
      headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' },
    });
  });
}
