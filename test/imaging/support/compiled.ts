import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..', '..');
const core = join(root, 'core');

/**
 * Compiles the two rooms that reading needs, or others, as the build does, so that workers and decode processes run as they do in the product.
 * @returns the folder of the compiled room `imaging`
 */
export async function compileImaging(out: string, rooms: readonly string[] = ['base', 'imaging']): Promise<string> {
  for (const room of rooms) await compileFolder(join(core, room), join(out, room));
  await writeFile(join(out, 'package.json'), '{"type": "module"}');
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'), 'junction');
  return join(out, 'imaging');
}

/** Compiles the TypeScript of a folder into another. */
export async function compileFolder(from: string, to: string): Promise<void> {
  for (const source of await tsFiles(from)) {
    const { outputText } = ts.transpileModule(await readFile(source, 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ES2022,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const target = join(to, relative(from, source)).replace(/ts$/, 'js');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
}

async function tsFiles(of: string): Promise<string[]> {
  const entries = await readdir(of, { withFileTypes: true, recursive: true });
  return entries.filter((e) => e.isFile() && e.name.endsWith('.ts')).map((e) => join(e.parentPath, e.name));
}
