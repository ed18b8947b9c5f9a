import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/**
 * The folder of this user for what can be fetched or built again.
 * Linux follows the XDG base directory specification; macOS and Windows their own guides.
 */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (platform === 'win32') {
    return win32.join(env['LOCALAPPDATA'] ?? win32.join(home, 'AppData', 'Local'), 'Tessera', 'Cache');
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Caches', 'Tessera');
  const xdg = env['XDG_CACHE_HOME'];
  // The specification says that relative paths are invalid and are to be ignored.
  return posix.join(xdg !== undefined && posix.isAbsolute(xdg) ? xdg : posix.join(home, '.cache'), 'tessera');
}

/** Where the tensor runtimes live, one folder each. */
export function runtimesFolder(env: NodeJS.ProcessEnv = process.env): string {
  const path = process.platform === 'win32' ? win32 : posix;
  return path.join(cacheFolder(env), 'runtime');
}
