import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../../../core/compute/runtime/cache-folder.ts';

describe('the cache folder', () => {
  it.each([
    ['linux', {}, '/home/ada', '/home/ada/.cache/tessera'],
    ['linux', { XDG_CACHE_HOME: '/big/cache' }, '/home/ada', '/big/cache/tessera'],
    ['linux', { XDG_CACHE_HOME: '' }, '/home/ada', '/home/ada/.cache/tessera'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/ada', '/home/ada/.cache/tessera'],
    ['darwin', { XDG_CACHE_HOME: '/big/cache' }, '/Users/ada', '/Users/ada/Library/Caches/Tessera'],
    ['win32', { LOCALAPPDATA: 'D:\\Local' }, 'C:\\Users\\ada', 'D:\\Local\\Tessera\\Cache'],
    ['win32', {}, 'C:\\Users\\ada', 'C:\\Users\\ada\\AppData\\Local\\Tessera\\Cache'],
  ] as const)('on %s with %j', (platform, env, home, expected) => {
    expect(cacheFolder(env, platform, home)).toBe(expected);
  });
});
