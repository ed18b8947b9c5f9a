import { createRoute, OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import * as z from 'zod';
import { TesseraError } from '../../base/errors.ts';
import { errorAnswer } from '../api/errors.ts';

/** Bytes of a JSON body: ten thousand ids fit. */
export const JSON_LIMIT = 1024 ** 2;

/** An application whose bodies and parameters are checked; what does not fit becomes a `bad-setting`. */
export function newRoutes(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const where = (issue?.path ?? []).map(String).join('.');
      throw new TesseraError('bad-setting', `${issue?.message ?? 'It is wrong'}.`, {
        ...(where === '' ? {} : { subject: where.slice(0, 100) }),
        advice: 'GET openapi.json of the API says what is taken.',
      });
    },
  });
}

type Parts = Pick<RouteConfig, 'method' | 'path' | 'request'> & { readonly summary: string };

/** A route that answers JSON. */
export function jsonRoute<P extends Parts, S extends z.ZodType>(parts: P, schema: S) {
  return createRoute({
    ...parts,
    responses: {
      200: { description: parts.summary, content: { 'application/json': { schema } } },
      default: problem,
    },
  });
}

/** A route that answers bytes, in parts where asked. */
export function bytesRoute<P extends Parts>(parts: P, type = 'application/octet-stream') {
  const content = { [type]: { schema: z.string().meta({ format: 'binary' }) } };
  return createRoute({
    ...parts,
    responses: {
      200: { description: parts.summary, content },
      206: { description: 'The range that was asked for.', content },
      default: problem,
    },
  });
}

const problem = { description: 'What is wrong, and what to do.', content: { 'application/json': { schema: errorAnswer } } };

/** The body of a POST. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}
