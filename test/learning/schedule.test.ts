import { describe, expect, it } from 'vitest';
import { decays, layerDecay } from '../../core/learning/optimiser.ts';
import { emaFactorAt, learningRateAt } from '../../core/learning/schedule.ts';
import { glMaeSpecs } from '../../core/model/gl-mae.ts';
import { methodSettings } from '../../core/model/method-settings.ts';
import { segmentationNetwork } from '../../core/model/segmentation-network.ts';
import { unetrSettings, unetrSpecs } from '../../core/model/unetr.ts';

describe('learning rate (method 6.2)', () => {
  it('rises linearly, then falls along half a cosine', () => {
    const at = (step: number): number => learningRateAt(step, 14, 4, 0.8);
    expect([0, 1, 2, 3].map(at)).toEqual([0.2, 0.4, 0.6000000000000001, 0.8]);
    expect(at(4)).toBeCloseTo(0.8, 12);
    // progress 2.5/10, half, 3/4
    expect(learningRateAt(6.5, 14, 4, 0.8)).toBeCloseTo(0.4 * (1 + Math.SQRT1_2), 12);
    expect(at(9)).toBeCloseTo(0.4, 12);
    expect(learningRateAt(11.5, 14, 4, 0.8)).toBeCloseTo(0.4 * (1 - Math.SQRT1_2), 12);
    expect(at(14)).toBeCloseTo(0, 12);
    expect(at(20)).toBeCloseTo(0, 12);
  });

  it('falls to a floor', () => {
    expect(learningRateAt(9, 14, 4, 0.8, 0.2)).toBeCloseTo(0.5, 12);
    expect(learningRateAt(14, 14, 4, 0.8, 0.2)).toBeCloseTo(0.2, 12);
  });
});

it('EMA factor rises from its start to 1 along a cosine (method 2.4)', () => {
  expect(emaFactorAt(0, 100, 0.996)).toBeCloseTo(0.996, 12);
  // 1 − 0.004 (cos 60° + 1)/2 = 1 − 0.003
  expect(emaFactorAt(100 / 3, 100, 0.996)).toBeCloseTo(0.997, 12);
  expect(emaFactorAt(50, 100, 0.996)).toBeCloseTo(0.998, 12);
  expect(emaFactorAt(100, 100, 0.996)).toBeCloseTo(1, 12);
});

it.each([
  ['vit.patch_embedding.patch_embeddings.weight', 0.0238],
  ['vit.patch_embedding.position_embeddings', 0.0238],
  ['vit.cls_token', 0.0238],
  ['vit.blocks.0.norm1.weight', 0.0317],
  ['vit.blocks.1.norm1.weight', 0.0422],
  ['vit.blocks.11.attn.qkv.weight', 0.75],
  ['vit.norm.weight', 1],
  ['decoder2.transp_conv.conv.weight', 1],
])('layer decay 0.75 over 12 blocks: %s learns at %f', (name, rate) => {
  const network = segmentationNetwork({ network: 'unetr', settings: unetrSettings.parse({}) });
  expect(layerDecay(network.layerOf(name), network.layers, 0.75)).toBeCloseTo(rate, 4);
});

it('weight decay leaves out biases, norms, tokens and positions (method 4.14)', () => {
  const unetr = unetrSpecs(unetrSettings.parse({}));
  const mae = glMaeSpecs(methodSettings.parse({})).student;
  for (const spec of [...unetr, ...mae]) {
    const exempt = /bias$|norm\d?\.weight$|cls_token$|mask_token$|position_embeddings$/.test(spec.name);
    expect(decays(spec), spec.name).toBe(!exempt);
  }
});
