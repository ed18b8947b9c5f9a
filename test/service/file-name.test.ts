import fc from 'fast-check';
import { join, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { safeNameParts } from '../../core/service/library/file-name.ts';

describe('a name that came with an upload', () => {
  it('keeps its folders', () => {
    expect(safeNameParts('study/series 1/IM0001.dcm')).toEqual(['study', 'series 1', 'IM0001.dcm']);
    expect(safeNameParts('scan.nii.gz')).toEqual(['scan.nii.gz']);
  });

  it.each([
    '',
    '.',
    '..',
    '...',
    '../x',
    'a/../../x',
    'a/..',
    '/etc/passwd',
    '//server/share',
    '\\\\server\\share',
    '..\\x',
    'a\\..\\..\\x',
    'C:\\x',
    'c:x',
    'a//b',
    'a/',
    'a/\0/b',
    'a\nb',
    'a\u007f',
    'a\u202egnp',
    'x'.repeat(201),
    'a/'.repeat(30) + 'x',
  ])('is refused: %j', (name) => {
    expect(() => safeNameParts(name)).toThrow(expect.objectContaining({ code: 'bad-setting', subject: 'name' }));
  });

  it('loses what Windows does not take', () => {
    expect(safeNameParts('a<b>:c|d?.nii')).toEqual(['a_b__c_d_.nii']);
    expect(safeNameParts('NUL.nii')).toEqual(['_NUL.nii']);
    expect(safeNameParts('name. .')).toEqual(['name_']);
  });

  it('never leads out of its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', ' ', '%', '2', 'e', ':', '~', '\0') }), (name) => {
        let parts: string[];
        try {
          parts = safeNameParts(name);
        } catch {
          return;
        }
        const root = resolve('root');
        expect(join(root, ...parts).startsWith(root + sep)).toBe(true);
        for (const part of parts) expect(part).not.toMatch(/[\\/]|^\.*$/);
      }),
      { numRuns: 2000 },
    );
  });
});
