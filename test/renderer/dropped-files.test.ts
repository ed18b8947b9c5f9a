import { describe, expect, it } from 'vitest';
import { filesOfEntries, filesOfInput, type Entry } from '../../renderer/state/dropped-files.ts';

const file = (fullPath: string): Entry => ({
  isFile: true,
  isDirectory: false,
  fullPath,
  file: (ok) => ok(new File(['x'], fullPath.split('/').at(-1) ?? '')),
});

/** A folder whose reader hands out a hundred entries at a time, as browsers do. */
function folder(entries: readonly Entry[]): Entry {
  return {
    isFile: false,
    isDirectory: true,
    createReader: () => {
      let at = 0;
      return { readEntries: (ok) => ok(entries.slice(at, (at += 100))) };
    },
  };
}

describe('what was dropped', () => {
  it('is walked to the last file of the last folder', async () => {
    const slices = Array.from({ length: 250 }, (_, index) => file(`/study/series/${index}.dcm`));
    const files = await filesOfEntries([folder([folder(slices), file('/study/readme.txt')]), file('/ct.nii.gz')]);
    expect(files).toHaveLength(252);
    expect(files.map(({ name }) => name)).toContain('study/series/249.dcm');
    expect(files.map(({ name }) => name)).toContain('ct.nii.gz');
  });

  it('fails when a file cannot be read', async () => {
    const unreadable: Entry = { isFile: true, isDirectory: false, fullPath: '/a', file: (_ok, no) => no(new Error('gone')) };
    await expect(filesOfEntries([unreadable])).rejects.toThrow('gone');
  });

  it('keeps the place in the folder that was chosen', () => {
    const inFolder = Object.defineProperty(new File([], 'a.dcm'), 'webkitRelativePath', { value: 'series/a.dcm' });
    expect(filesOfInput([inFolder, new File([], 'b.nii')]).map(({ name }) => name)).toEqual(['series/a.dcm', 'b.nii']);
  });
});
