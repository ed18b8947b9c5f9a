import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { id } from '../api/common.ts';
import { commentListing, commentMark, newComment, newReply, sittingRequest, timesListing } from '../api/work.ts';
import type { Host } from '../host.ts';
import { jsonBody, jsonRoute } from './route.ts';

const ofScan = z.object({ id });
const ofComment = z.object({ id, comment: id });

/** What readers say about a scan, and how long they were at it. */
export function remarkRoutes(app: OpenAPIHono, host: Host): void {
  app.openapi(
    jsonRoute(
      { method: 'get', path: '/scans/{id}/comments', summary: 'What readers say about it.', request: { params: ofScan } },
      commentListing,
    ),
    async (c) => c.json(await host.workspace.work.remarks.comments(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/scans/{id}/comments',
        summary: 'Pins a comment to a place.',
        request: { params: ofScan, body: jsonBody(newComment) },
      },
      commentListing,
    ),
    async (c) => c.json(await host.workspace.work.remarks.add(c.req.valid('param').id, c.req.valid('json')), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/scans/{id}/comments/{comment}/replies',
        summary: 'Answers a comment.',
        request: { params: ofComment, body: jsonBody(newReply) },
      },
      commentListing,
    ),
    async (c) => {
      const { id, comment } = c.req.valid('param');
      return c.json(await host.workspace.work.remarks.reply(id, comment, c.req.valid('json')), 200);
    },
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/scans/{id}/comments/{comment}/marks',
        summary: 'Resolves or removes a comment, or takes that back.',
        request: { params: ofComment, body: jsonBody(commentMark) },
      },
      commentListing,
    ),
    async (c) => {
      const { id, comment } = c.req.valid('param');
      return c.json(await host.workspace.work.remarks.mark(id, comment, c.req.valid('json')), 200);
    },
  );
  app.openapi(
    jsonRoute(
      { method: 'get', path: '/scans/{id}/times', summary: 'How long readers were at it.', request: { params: ofScan } },
      timesListing,
    ),
    async (c) => c.json(await host.workspace.work.remarks.times(c.req.valid('param').id), 200),
  );
  app.openapi(
    jsonRoute(
      {
        method: 'post',
        path: '/scans/{id}/times',
        summary: 'Notes how long a sitting has been until now.',
        request: { params: ofScan, body: jsonBody(sittingRequest) },
      },
      timesListing,
    ),
    async (c) => c.json(await host.workspace.work.remarks.noteTime(c.req.valid('param').id, c.req.valid('json')), 200),
  );
}
