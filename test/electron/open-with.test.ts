import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { OpenedQueue, readOpenArguments, sortOut } from '../../electron/open-with.ts';

const here = resolve('/home/reader');
const there = new Set([
  join(here, 'head.nii.gz'),
  join(here, 'a study'),
  join(here, 'liver'),
  join(here, 'liver', 'workspace.json'),
  join(here, 'hip'),
  join(here, 'hip', 'workspace.json'),
]);
const exists = (path: string): boolean => there.has(path);
const read = (...argv: string[]): unknown => readOpenArguments(argv, here, exists);

it('files and folders are taken from among the flags', () => {
  expect(
    read('--node-program=/usr/bin/node', 'head.nii.gz', '--force-device-scale-factor=1', join(here, 'a study'), '-psn_0_1234'),
  ).toEqual({
    scans: [join(here, 'head.nii.gz'), join(here, 'a study')],
  });
});

it('a workspace is opened, the last of several', () => {
  expect(read('liver', 'head.nii.gz', 'hip')).toEqual({ workspace: join(here, 'hip'), scans: [join(here, 'head.nii.gz')] });
});

it('addresses of files are taken, those of other things are not', () => {
  expect(read(pathToFileURL(join(here, 'a study')).href)).toEqual({ scans: [join(here, 'a study')] });
  expect(read('https://evil.example/x.nii.gz', 'tessera://app/', 'file://elsewhere/%2e%2e/x', 'file:%00')).toEqual({ scans: [] });
});

it('what does not exist, or is empty, is left out', () => {
  expect(read('gone.nii.gz', '', '.')).toEqual({ scans: [] });
  expect(sortOut([], exists)).toEqual({ scans: [] });
});

it('what was opened waits for the page, and is taken once', () => {
  let announced = 0;
  const queue = new OpenedQueue<string>(() => announced++);
  queue.add('a');
  queue.add('b');
  expect([announced, queue.take(), queue.take()]).toEqual([2, ['a', 'b'], []]);
});
