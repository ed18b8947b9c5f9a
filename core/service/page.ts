import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** The built page. Its files are listed once, and only names in that list are answered: no path is ever made of a request. */
export class Page {
  readonly #folder: string;
  #files: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param path of the request's address, as it came */
  async answer(path: string): Promise<Response> {
    const files = await (this.#files ??= this.#list());
    const file = files.get(path === '/' ? '/index.html' : path);
    if (file !== undefined)
      return new Response(await readFile(file), { headers: { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' } });
    if (path !== '/') return new Response('There is no such page.\n', { status: 404, headers: plain });
    this.#files = undefined;
    return new Response('The page is not built. Run: npm run build\n', { status: 503, headers: plain });
  }

  async #list(): Promise<ReadonlyMap<string, string>> {
    if (!existsSync(this.#folder)) return new Map();
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(paths.map((path) => [path.slice(this.#folder.length).split(sep).join('/'), path]));
  }
}

const plain = { 'Content-Type': 'text/plain; charset=utf-8' };
