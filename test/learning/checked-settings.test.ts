import { describe, expect, it } from 'vitest';
import { checkedSettings, doubtsAbout } from '../../core/learning/checked-settings.ts';
import { pretrainSettings } from '../../core/learning/index.ts';
import { tinyPretraining } from './support/tiny.ts';

describe('settings that do not go together', () => {
  it.each([
    ['globalSize', { globalSize: [20, 24, 16] }],
    ['globalSize', { globalSize: [8, 8, 8] }],
    ['localSize', { localSize: [8, 8, 12] }],
    // Positions are measured on the local grid.
    ['localSize', { localSize: [8, 8, 12], locals: 0 }],
    ['globalScale', { globalScale: [0.9, 0.5] }],
    ['localScaleByAxis', { localScaleByAxis: [0.1, 0.5, 0.1, 0.5, 0.5, 0.1] }],
    ['encoder.width', { encoder: { width: 25, heads: 2, patch: [8, 8, 8] } }],
    ['encoder.width', { encoder: { width: 32, heads: 2, patch: [8, 8, 8] } }],
    ['decoder.width', { decoder: { width: 12, heads: 5 } }],
    ['decoder.width', { decoder: { width: 512, heads: 8 } }],
    ['globals', { globals: 0 }],
    ['globals', { globals: 0, locals: 0, beta: 0 }],
    ['cropSize', { method: 'mae', cropSize: [16, 16, 12] }],
    ['cropSize', { method: 'simmim', cropSize: [8, 8, 8] }],
    ['localSize', { method: 'mae', localSize: [8, 8, 8] }],
  ])('name %s: %o', (subject, changes) => {
    expect(() => checkedSettings(tinyPretraining(changes))).toThrow(expect.objectContaining({ code: 'bad-setting', subject }));
  });

  it.each([
    ['the defaults', {}],
    ['one voxel view', { globals: 0, beta: 0 }],
    ['views of one scale', { locals: 0 }],
    ['a global size that mae does not use', { method: 'mae', globalSize: [20, 24, 16], globals: 0, locals: 0 }],
    ['a decoder that simmim does not use', { method: 'simmim', decoder: { width: 512, heads: 7 } }],
    ['a local size that nothing needs', { locals: 0, localSize: [8, 8, 12], positionGrid: [2, 3, 2] }],
  ])('are none: %s', (_name, changes) => {
    expect(() => checkedSettings(tinyPretraining(changes))).not.toThrow();
  });

  it('the settings of a run from before there were methods are those of GL-MAE', () => {
    const { method, globals, locals, antiCollapse, lossPatches, pairs, head } = pretrainSettings.parse({ beta: 0, locals: 2 });
    expect({ method, globals, locals, antiCollapse, lossPatches, pairs, kind: head.kind }).toEqual({
      method: 'gl-mae',
      globals: 1,
      locals: 2,
      antiCollapse: 'standardise',
      lossPatches: 'masked',
      pairs: 'all',
      kind: 'mlp',
    });
  });
});

describe('doubts', () => {
  it.each([
    [{ antiCollapse: 'sinkhorn', batch: 1 }, /sinkhorn over 1 output .*uniform/],
    [{ antiCollapse: 'sinkhorn', batch: 2, globals: 2 }, /sinkhorn over 4 outputs .*too few/],
    [{ batch: 4 }, /standardise over 4 outputs .*running moments/],
    [{ antiCollapse: 'none' }, /none: as published/],
    [{ antiCollapse: 'centre', teacherTemperature: 0.1 }, /teacherTemperature 0.1/],
  ])('%o', (changes, line) => {
    const doubts = doubtsAbout(tinyPretraining(changes));
    expect(doubts).toHaveLength(1);
    expect(doubts[0]).toMatch(line);
  });

  it.each([
    { batch: 8 },
    { batch: 4, consistencyOf: 'patches' },
    { antiCollapse: 'centre' },
    { antiCollapse: 'none', beta: 0 },
    { method: 'mae', batch: 1 },
  ])('none about %o', (changes) => {
    expect(doubtsAbout(tinyPretraining(changes))).toEqual([]);
  });
});
