import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { isTesseraError } from '../../core/base/errors.ts';
import { openWorkspace } from '../../core/workspace/index.ts';
import { readDocument, writeDocument, type DocumentKind } from '../../core/workspace/documents.ts';
import { quick, temporary, withLayer } from './support/small.ts';

/** The example of docs/workspace-format.md: version 1 had one doctor, version 2 a list of readers, version 3 gives each a role. */
const readingSchema = z.object({ readers: z.array(z.object({ name: z.string(), role: z.enum(['first', 'second']) })) });
const reading: DocumentKind<z.infer<typeof readingSchema>> = {
  name: 'tessera-example',
  version: 3,
  schema: readingSchema,
  migrations: {
    1: ({ doctor, ...rest }) => ({ ...rest, readers: [doctor] }),
    2: ({ readers, ...rest }) => ({
      ...rest,
      readers: z
        .array(z.string())
        .parse(readers)
        .map((name, n) => ({ name, role: n === 0 ? 'first' : 'second' })),
    }),
  },
};

const folder = temporary();
const path = join(folder, 'reading.json');
const put = (content: unknown): void => writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));

describe('a document', () => {
  it('of version 1 is read as one of version 3, and becomes one when it is written', async () => {
    put({ schema: 'tessera-example/1', doctor: 'A' });
    const value = await readDocument(path, reading);
    expect(value).toEqual({ readers: [{ name: 'A', role: 'first' }] });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ schema: 'tessera-example/1', doctor: 'A' });
    await writeDocument(path, reading, value);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ schema: 'tessera-example/3', readers: [{ name: 'A', role: 'first' }] });
    expect(await readDocument(path, reading)).toEqual(value);
  });

  it('of version 2 takes the last step alone', async () => {
    put({ schema: 'tessera-example/2', readers: ['A', 'B'] });
    expect((await readDocument(path, reading)).readers.map(({ role }) => role)).toEqual(['first', 'second']);
  });

  it.each([
    ['a newer version', { schema: 'tessera-example/4', readers: [] }, 'unsupported-file', 'newer Tessera'],
    ['another kind', { schema: 'tessera-scan/1' }, 'bad-file', 'tessera-example'],
    ['no kind', { readers: [] }, 'bad-file', 'schema'],
    ['a version before all steps', { schema: 'tessera-example/0' }, 'bad-file', 'no longer known'],
    ['wrong content', { schema: 'tessera-example/3', readers: [{ name: 1 }] }, 'bad-file', 'readers'],
    ['a migration that meets wrong content', { schema: 'tessera-example/2', readers: 'A' }, 'bad-file', 'damaged'],
    ['a list', [], 'bad-file', 'no JSON object'],
    ['half a file', '{"schema": "tessera-exa', 'bad-file', 'not JSON'],
    ['nothing', '', 'bad-file', 'not JSON'],
  ])('with %s is refused and the file named', async (_what, content, code, words) => {
    put(content);
    await expect(readDocument(path, reading)).rejects.toMatchObject({ code, subject: path, message: expect.stringContaining(words) });
  });

  it('that is absent is told from one that is damaged', async () => {
    await expect(readDocument(join(folder, 'absent.json'), reading)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('documents of a workspace', () => {
  it('with any bytes changed open or are refused by name, never worse', async () => {
    const work = join(folder, 'work');
    const { workspace, scanId, path: layerPath } = await withLayer(work);
    await workspace.close();
    const files = [join(work, 'workspace.json'), join(work, 'scans', scanId, 'scan.json'), join(layerPath, 'layer.json')];
    const change = fc.record({
      file: fc.constantFrom(...files),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      bytes: fc.uint8Array({ maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ file, at, bytes }) => {
        const original = readFileSync(file);
        const start = Math.floor(at * original.length);
        writeFileSync(file, Buffer.concat([original.subarray(0, start), bytes, original.subarray(start + bytes.length)]));
        try {
          const opened = await openWorkspace(work, { readOnly: true });
          const { found, problems } = await opened.scans();
          expect(found.length + problems.length).toBe(1);
          const layers = await opened.layers(scanId);
          for (const { id } of layers.found) await opened.openLayer(scanId, id);
          await opened.close();
        } catch (error) {
          expect(isTesseraError(error), String(error)).toBe(true);
        } finally {
          writeFileSync(file, original);
        }
      }),
      { numRuns: 150 },
    );
    await (await openWorkspace(work, { lockTimes: quick })).close();
  });
});
