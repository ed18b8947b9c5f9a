import type * as promises from 'node:fs/promises';
import { copyFileSync, fstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Files = typeof promises;
type Fault = (change: number, name: string) => string | undefined;

const noFault: Fault = () => undefined;

/**
 * A disk whose n-th change may fail, and that knows what a power cut would leave. Put in place of `node:fs/promises` by
 * `vi.mock('node:fs/promises', async (original) => faulty(await original()))`.
 */
export const disk = {
  /** Changes so far: opening for writing, write, sync, truncate, rename, remove, make folder, touch. */
  changes: 0,
  /** The system's error for a change, or undefined where it succeeds. A failing write writes half of its bytes first. */
  fault: noFault,
  /** What `fsync` has been promised: contents by file, and names by folder. */
  contents: new Map<number, Buffer>(),
  folders: new Map<string, Map<string, number | 'folder'>>(),
  /** Files by inode, for inodes are used again. */
  files: new Map<number, number>(),
  made: 0,

  reset(fault: Fault = noFault): void {
    this.changes = 0;
    this.fault = fault;
    this.contents.clear();
    this.folders.clear();
    this.files.clear();
  },

  /** Builds in `to` what a power cut would leave of `from`: what was not flushed is gone. */
  afterPowerCut(from: string, to: string): void {
    mkdirSync(to, { recursive: true });
    for (const [name, file] of this.folders.get(from) ?? []) {
      if (file === 'folder') this.afterPowerCut(join(from, name), join(to, name));
      else writeFileSync(join(to, name), this.contents.get(file) ?? '');
    }
  },
};

function step(name: string): void {
  disk.changes++;
  const code = disk.fault(disk.changes, name);
  if (code !== undefined) throw Object.assign(new Error(`${code}: made up, ${name}`), { code });
}

function fileOf(inode: number): number {
  const file = disk.files.get(inode) ?? ++disk.made;
  disk.files.set(inode, file);
  return file;
}

function rememberFolder(path: string): void {
  const entries = readdirSync(path, { withFileTypes: true });
  disk.folders.set(
    path,
    new Map(entries.map((entry) => [entry.name, entry.isDirectory() ? 'folder' : fileOf(statSync(join(path, entry.name)).ino)])),
  );
}

function rememberFile(path: string): void {
  disk.contents.set(fileOf(statSync(path).ino), readFileSync(path));
}

function faultyHandle(handle: promises.FileHandle, path: string): promises.FileHandle {
  const isFolder = fstatSync(handle.fd).isDirectory();
  const write = async (bytes: Uint8Array, offset = 0, length = bytes.length - offset, position?: number | null): Promise<unknown> => {
    try {
      step('write');
    } catch (error) {
      await handle.write(bytes, offset, length >> 1, position);
      throw error;
    }
    return handle.write(bytes, offset, length, position);
  };
  const changed: Readonly<Record<string, unknown>> = {
    write,
    writeFile: (data: string | Uint8Array) => write(typeof data === 'string' ? Buffer.from(data) : data),
    truncate: async (length: number) => {
      step('truncate');
      await handle.truncate(length);
    },
    // The real disk is not waited for; what it would have kept is remembered instead.
    sync: () => {
      step('sync');
      if (isFolder) rememberFolder(path);
      else rememberFile(path);
      return Promise.resolve();
    },
  };
  return new Proxy(handle, {
    get(target, name) {
      const replaced = typeof name === 'string' ? changed[name] : undefined;
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The functions of `node:fs/promises` that this room changes files with, each counted as one change. */
export function faulty(files: Files): Files {
  const changing = <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      step(name);
      return call(...args);
    };
  };
  const open = async (path: string, flags = 'r', mode?: number): Promise<promises.FileHandle> => {
    if (flags !== 'r') step('open');
    const handle = await files.open(path, flags, mode);
    if (flags === 'wx') disk.files.delete(fstatSync(handle.fd).ino);
    return faultyHandle(handle, path);
  };
  const copyFile = (from: string, to: string): Promise<void> => {
    step('copy');
    copyFileSync(from, to);
    disk.files.delete(statSync(to).ino);
    return Promise.resolve();
  };
  const replaced = {
    open,
    copyFile,
    rename: changing('rename', files.rename),
    rm: changing('rm', files.rm),
    mkdir: changing('mkdir', files.mkdir),
    utimes: changing('utimes', files.utimes),
  };
  return Object.assign({}, files, replaced, { default: { ...files, ...replaced } });
}
