import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';

describe('core/labelling', () => {
  it('bundles for a browser with nothing of Node in it', async () => {
    const entry = fileURLToPath(new URL('../../core/labelling/index.ts', import.meta.url));
    const warnings: string[] = [];
    const built = await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        minify: false,
        lib: { entry, formats: ['es'] },
        rolldownOptions: { onLog: (level, { message }) => level === 'warn' && warnings.push(message) },
      },
    });
    const chunks = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
    const code = chunks.map((chunk) => (chunk.type === 'chunk' ? chunk : undefined)).filter((chunk) => chunk !== undefined);
    expect(code).toHaveLength(1);
    // Imports that are left in a bundle are what it could not take in: packages of Node.
    expect(code.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])).toEqual([]);
    expect(code[0]?.code).not.toMatch(/node:|__vite-browser-external|\bprocess\.|\bBuffer\b|\brequire\(/);
    expect(code[0]?.exports).toContain('Stroke');
    expect(warnings).toEqual([]);
  });
});
