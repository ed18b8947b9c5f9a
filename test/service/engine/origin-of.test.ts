import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { originOf } from '../../../core/service/engine/evaluating/origin-of.ts';
import { findModels } from '../../../core/service/engine/handlers/find-models.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { newWorkspace, temporary } from './support.ts';

const tiny = join(import.meta.dirname, '..', '..', 'e2e', 'models', 'tiny-unetr');
const folder = temporary();
const id = (digit: string): string => digit.repeat(16);

interface Run {
  readonly kind?: 'pretrain' | 'finetune';
  readonly encoder?: string | null;
  /** Folder of what it began with, as `tessera finetune --init` keeps it: beside no encoder. */
  readonly init?: string;
  readonly imported?: boolean;
  readonly training?: readonly string[];
}

function makeRun(workspace: Workspace, name: string, { kind = 'finetune', encoder = null, init, imported, training = [] }: Run): void {
  const run = join(workspace.folder, 'runs', name);
  mkdirSync(join(run, 'checkpoints'), { recursive: true });
  if (kind === 'pretrain') writeFileSync(join(run, 'checkpoints', 'step-4.safetensors'), '');
  else cpSync(tiny, join(run, 'model'), { recursive: true });
  const cases = [...training, 'validated'].map((scan) => ({
    id: scan,
    use: scan === 'validated' ? 'validation' : 'training',
    sha256: '',
  }));
  const document = {
    schema: 'tessera-run/1',
    kind,
    settings: {},
    seed: 3,
    data: { folder: '', cases },
    versions: { node: 'v20' },
    started: '2026-01-01T00:00:00Z',
    extra: { name: `run ${name.slice(0, 1)}`, ...(init === undefined ? { encoder } : { init }), ...(imported ? { imported } : {}) },
  };
  writeFileSync(join(run, 'run.json'), JSON.stringify(document));
}

it('counts the labelled scans of a model and of those that it began with, back to the pre-trained one or to fresh weights', async () => {
  const workspace = await newWorkspace(folder);
  makeRun(workspace, id('a'), { training: ['one', 'two'] });
  makeRun(workspace, id('b'), { training: ['two', 'three', 'four'], encoder: id('a') });
  makeRun(workspace, id('c'), { kind: 'pretrain', training: ['one', 'five'] });
  makeRun(workspace, id('d'), { training: ['six'], encoder: id('c') });
  makeRun(workspace, id('e'), { training: ['seven'], encoder: id('f') });
  // They began with each other: no run ever did.
  makeRun(workspace, id('1'), { training: ['eight'], encoder: id('2') });
  makeRun(workspace, id('2'), { training: ['nine'], encoder: id('1') });
  cpSync(tiny, join(workspace.folder, 'models', id('9')), { recursive: true });
  const models = await findModels(workspace);
  const of = async (digit: string): ReturnType<typeof originOf> => {
    const model = models.find(({ summary }) => summary.id === id(digit));
    if (model === undefined) throw new Error(`no model ${digit}`);
    return originOf(model, models);
  };
  const [a, b, d, imported] = [await of('a'), await of('b'), await of('d'), await of('9')];
  expect(a.learned).toEqual({ scans: 2, from: null });
  expect(b.learned).toEqual({ scans: 4, from: null });
  expect(d.learned).toEqual({ scans: 1, from: { id: id('c'), name: 'run c' } });
  expect(d.run).toMatchObject({ seed: 3, scans: { training: 1, validation: 1 }, versions: { node: 'v20' } });
  expect(d.weights.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(imported).not.toHaveProperty('learned');
  expect(imported).not.toHaveProperty('run');
  for (const digit of ['e', '1']) expect(await of(digit), digit).not.toHaveProperty('learned');
});

it('follows a run of the command line by the folder that it began with', async () => {
  const workspace = await newWorkspace(temporary());
  makeRun(workspace, 'by-hand', { kind: 'pretrain', training: ['one'] });
  makeRun(workspace, id('a'), { training: ['two'], init: join(workspace.folder, 'runs', 'by-hand') });
  makeRun(workspace, 'first', { training: ['three'], init: join('elsewhere', 'runs', id('a'), 'model') });
  makeRun(workspace, id('b'), { training: ['four'], init: join(workspace.folder, 'runs', 'first', 'model') });
  makeRun(workspace, id('c'), { training: ['five'], init: join('elsewhere', 'gone') });
  makeRun(workspace, id('d'), { kind: 'pretrain', training: ['six'], imported: true });
  makeRun(workspace, id('e'), { training: ['seven'], encoder: id('d') });
  makeRun(workspace, id('f'), { training: ['eight'], imported: true });
  const models = await findModels(workspace);
  const learned = async (digit: string): Promise<unknown> => {
    const model = models.find(({ summary }) => summary.id === id(digit));
    if (model === undefined) throw new Error(`no model ${digit}`);
    return (await originOf(model, models)).learned;
  };
  expect(await learned('a')).toMatchObject({ scans: 1, from: { name: 'run b' } });
  expect(await learned('b')).toMatchObject({ scans: 3, from: { name: 'run b' } });
  expect(await learned('c')).toBeUndefined();
  // What an imported encoder was trained on is told by names of another place, but it learned from no labels.
  expect(await learned('e')).toEqual({ scans: 1, from: { id: id('d'), name: 'run d' } });
  expect(await learned('f')).toBeUndefined();
});
