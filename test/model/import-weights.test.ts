import { describe, expect, it } from 'vitest';
import { importWeights, type WeightSource } from '../../core/model/import-weights.ts';
import { importedName } from '../../core/model/imported-names.ts';
import { settingsFromWeights } from '../../core/model/imported-settings.ts';
import { resizePositions } from '../../core/model/resize-positions.ts';
import { unetrSettings, unetrSpecs, type UnetrSettings } from '../../core/model/unetr.ts';

const small = unetrSettings.parse({
  width: 128,
  depth: 4,
  heads: 2,
  mlpRatio: 2,
  patch: [4, 4, 4],
  size: [12, 12, 12],
  features: 2,
  classes: 3,
  qkvBias: true,
  epsilon: 1e-6,
});

/** Named arrays as a file of weights; each value is its place in the array, so that a mix-up shows. */
function fileOf(shapes: Readonly<Record<string, readonly number[]>>): WeightSource {
  return {
    names: Object.keys(shapes),
    shapeOf: (name) => shapes[name],
    float32: (name) => Promise.resolve(Float32Array.from({ length: (shapes[name] ?? []).reduce((a, b) => a * b, 1) }, (_, i) => i)),
  };
}

function monaiShapes(s: UnetrSettings): Record<string, readonly number[]> {
  return Object.fromEntries(unetrSpecs(s).map(({ name, torchShape }) => [name, torchShape]));
}

/** An MAE encoder as timm names it, with what else a checkpoint of pre-training holds. */
function timmShapes(s: UnetrSettings, grid: number, prefix = ''): Record<string, readonly number[]> {
  const d = s.width;
  const hidden = d * s.mlpRatio;
  const block = (i: number): Record<string, readonly number[]> => ({
    [`blocks.${i}.norm1.weight`]: [d],
    [`blocks.${i}.norm1.bias`]: [d],
    [`blocks.${i}.attn.qkv.weight`]: [3 * d, d],
    [`blocks.${i}.attn.qkv.bias`]: [3 * d],
    [`blocks.${i}.attn.proj.weight`]: [d, d],
    [`blocks.${i}.attn.proj.bias`]: [d],
    [`blocks.${i}.norm2.weight`]: [d],
    [`blocks.${i}.norm2.bias`]: [d],
    [`blocks.${i}.mlp.fc1.weight`]: [hidden, d],
    [`blocks.${i}.mlp.fc1.bias`]: [hidden],
    [`blocks.${i}.mlp.fc2.weight`]: [d, hidden],
    [`blocks.${i}.mlp.fc2.bias`]: [d],
  });
  const all: Record<string, readonly number[]> = {
    cls_token: [1, 1, d],
    pos_embed: [1, 1 + grid ** 3, d],
    'patch_embed.proj.weight': [d, 1, ...s.patch],
    'patch_embed.proj.bias': [d],
    ...Object.assign({}, ...Array.from({ length: s.depth }, (_, i) => block(i))),
    'norm.weight': [d],
    'norm.bias': [d],
    mask_token: [1, 1, 96],
    'decoder_blocks.0.norm1.weight': [96],
  };
  return Object.fromEntries(Object.entries(all).map(([name, shape]) => [prefix + name, shape]));
}

describe('names', () => {
  it.each([
    ['vit.blocks.3.attn.out_proj.weight', 'vit.blocks.3.attn.out_proj.weight'],
    ['module.encoder1.layer.conv1.conv.weight', 'encoder1.layer.conv1.conv.weight'],
    ['vit.patch_embedding.patch_embeddings.1.weight', 'vit.patch_embedding.patch_embeddings.weight'],
    ['module.backbone.blocks.11.mlp.fc2.bias', 'vit.blocks.11.mlp.linear2.bias'],
    ['student.backbone.norm.weight', 'vit.norm.weight'],
    ['encoder.patch_embed.proj.bias', 'vit.patch_embedding.patch_embeddings.bias'],
    ['pos_embed', 'vit.patch_embedding.position_embeddings'],
    // A timm encoder within MONAI's UNETR, and MONAI's ViT by itself.
    ['vit.blocks.0.attn.proj.bias', 'vit.blocks.0.attn.out_proj.bias'],
    ['vit.patch_embed.proj.weight', 'vit.patch_embedding.patch_embeddings.weight'],
    ['vit.pos_embed', 'vit.patch_embedding.position_embeddings'],
    ['blocks.2.mlp.linear1.weight', 'vit.blocks.2.mlp.linear1.weight'],
    ['patch_embedding.position_embeddings', 'vit.patch_embedding.position_embeddings'],
  ])('%s is %s', (given, name) => expect(importedName(given)).toBe(name));

  it.each([
    'cls_token',
    'teacher.backbone.norm.weight',
    'vit.blocks.0.cross_attn.to_q.weight',
    'vit.blocks.0.norm_cross_attn.weight',
    'vit.cls_token',
    'vit.mask_token',
    'decoder_pred.weight',
    'head.weight',
  ])('%s has no place', (given) => expect(importedName(given)).toBeUndefined());
});

describe('a UNETR of MONAI', () => {
  it('comes over whole, with its settings told by the shapes', async () => {
    const monai = { ...small, qkvBias: false, epsilon: 1e-5 };
    const file = fileOf({ ...monaiShapes(monai), 'vit.blocks.0.cross_attn.to_q.weight': [128, 128] });
    const settings = unetrSettings.parse(settingsFromWeights(file, 'x'));
    expect(settings).toEqual(monai);
    const { values, report } = await importWeights(file, settings, 'x');
    const names = unetrSpecs(monai).map(({ name }) => name);
    expect(report).toMatchObject({
      style: 'monai',
      matched: names,
      resized: [],
      mismatched: [],
      missing: [],
      unused: ['vit.blocks.0.cross_attn.to_q.weight'],
    });
    expect([...values.keys()]).toEqual(names);
  });

  it('starts the last layer fresh for another number of classes', async () => {
    const { report } = await importWeights(fileOf(monaiShapes(small)), { ...small, classes: 5 }, 'x');
    expect(report.mismatched.map(({ name }) => name)).toEqual(['out.conv.conv.weight', 'out.conv.conv.bias']);
    expect(report.missing).toEqual([]);
  });

  it('of an older version that lacks tensors has them named and started fresh', async () => {
    const later = /^vit\.norm\.|^encoder1\.layer\.conv3\.|position_embeddings$/;
    const file = fileOf(Object.fromEntries(Object.entries(monaiShapes(small)).filter(([name]) => !later.test(name))));
    const { report } = await importWeights(file, small, 'x');
    expect(report.missing).toEqual([
      'vit.patch_embedding.position_embeddings',
      'vit.norm.weight',
      'vit.norm.bias',
      'encoder1.layer.conv3.conv.weight',
    ]);
    expect(report.matched).toHaveLength(unetrSpecs(small).length - 4);
  });

  it('has the convolutions on the image brought to another number of channels with the patches', async () => {
    const { values, report } = await importWeights(fileOf(monaiShapes(small)), { ...small, channels: 4 }, 'x');
    expect(report.resized.map(({ name }) => name)).toEqual([
      'vit.patch_embedding.patch_embeddings.weight',
      'encoder1.layer.conv1.conv.weight',
      'encoder1.layer.conv3.conv.weight',
    ]);
    expect([...(values.get('encoder1.layer.conv3.conv.weight') ?? [])]).toEqual([0, 0, 0, 0, 0.25, 0.25, 0.25, 0.25]);
    expect(report.mismatched).toEqual([]);
  });

  it('of the older "perceptron" embedding has its channels put first', async () => {
    const two = { ...small, channels: 2 };
    const name = 'vit.patch_embedding.patch_embeddings.weight';
    const rest = Object.fromEntries(Object.entries(monaiShapes(two)).filter(([other]) => other !== name));
    const { values, report } = await importWeights(
      fileOf({ ...rest, 'vit.patch_embedding.patch_embeddings.1.weight': [128, 128] }),
      two,
      'x',
    );
    expect(report.resized).toEqual([{ name, from: [128, 128], to: [128, 2, 4, 4, 4] }]);
    // Voxel v of channel c of output d lies at (d·64 + v)·2 + c in the file.
    expect([...(values.get(name) ?? []).slice(0, 3)]).toEqual([0, 2, 4]);
    expect([...(values.get(name) ?? []).slice(64, 67)]).toEqual([1, 3, 5]);
    expect([...(values.get(name) ?? []).slice(128, 130)]).toEqual([128, 130]);
  });
});

const threeChannels = { 'patch_embed.proj.weight': [128, 3, 4, 4, 4] };

describe('an MAE encoder of timm', () => {
  it.each(['', 'module.backbone.', 'student.module.backbone.', 'encoder.'])(
    'with the prefix "%s" fills the encoder and drops the class token',
    async (prefix) => {
      const file = fileOf(timmShapes(small, 3, prefix));
      const settings = unetrSettings.parse({ ...settingsFromWeights(file, 'x'), features: 2, classes: 3 });
      expect(settings).toEqual(small);
      const { values, report } = await importWeights(file, settings, 'x');
      const encoder = unetrSpecs(small)
        .map(({ name }) => name)
        .filter((name) => name.startsWith('vit.'));
      expect(report.style).toBe('timm');
      expect([...report.matched, ...report.resized.map(({ name }) => name)].sort()).toEqual(encoder.sort());
      expect(report.missing.every((name) => !name.startsWith('vit.'))).toBe(true);
      expect([...report.unused]).toEqual(['cls_token', 'mask_token', 'decoder_blocks.0.norm1.weight'].map((name) => prefix + name));
      // The first row of the table is the class token's.
      const positions = values.get('vit.patch_embedding.position_embeddings');
      expect(positions).toHaveLength(27 * 128);
      expect(positions?.[0]).toBe(128);
    },
  );

  it('has its positions resized to another grid', async () => {
    const { values, report } = await importWeights(fileOf(timmShapes(small, 6)), small, 'x');
    expect(report.resized).toEqual([{ name: 'vit.patch_embedding.position_embeddings', from: [1, 217, 128], to: [1, 27, 128] }]);
    expect(values.get('vit.patch_embedding.position_embeddings')).toHaveLength(27 * 128);
  });

  it('has one channel spread over several at the same scale', async () => {
    const { values } = await importWeights(fileOf(timmShapes(small, 3)), { ...small, channels: 4 }, 'x');
    const weight = values.get('vit.patch_embedding.patch_embeddings.weight') ?? new Float32Array();
    expect(weight).toHaveLength(128 * 4 * 64);
    expect([weight[1], weight[64 + 1], weight[3 * 64 + 1], weight[4 * 64 + 1]]).toEqual([1 / 4, 1 / 4, 1 / 4, 65 / 4]);
  });

  it('has several channels summed into one, the answer to that one shown on all of them', async () => {
    const { values, report } = await importWeights(fileOf({ ...timmShapes(small, 3), ...threeChannels }), small, 'x');
    const weight = values.get('vit.patch_embedding.patch_embeddings.weight') ?? new Float32Array();
    expect(weight).toHaveLength(128 * 64);
    expect([weight[0], weight[1], weight[64]]).toEqual([0 + 64 + 128, 1 + 65 + 129, 192 + 256 + 320]);
    expect(report.resized.map(({ name }) => name)).toContain('vit.patch_embedding.patch_embeddings.weight');
  });

  it('of three channels is refused for a network of two, which is told', async () => {
    const file = fileOf({ ...timmShapes(small, 3), ...threeChannels });
    await expect(importWeights(file, { ...small, channels: 2 }, 'file')).rejects.toMatchObject({
      code: 'bad-model',
      advice: expect.stringContaining('several to one'),
    });
  });

  it('has positions of a grid that is no cube resized when the grid is named', async () => {
    const file = fileOf({ ...timmShapes(small, 3), pos_embed: [1, 1 + 4 * 4 * 2, 128] });
    await expect(importWeights(file, small, 'file')).rejects.toMatchObject({ advice: expect.stringContaining('--grid') });
    const { report } = await importWeights(file, small, 'file', [4, 4, 2]);
    expect(report.resized).toEqual([{ name: 'vit.patch_embedding.position_embeddings', from: [1, 33, 128], to: [1, 27, 128] }]);
    expect(settingsFromWeights(file, 'file', [4, 4, 2]).size).toEqual([16, 16, 8]);
  });

  it('of another width is refused', async () => {
    await expect(importWeights(fileOf(timmShapes(small, 3)), { ...small, width: 64, heads: 1 }, 'file')).rejects.toMatchObject({
      code: 'bad-model',
      subject: 'file',
    });
  });
});

it('refuses a file without an encoder', () => {
  expect(() => settingsFromWeights(fileOf({ 'fc.weight': [3, 3] }), 'file')).toThrow(/no encoder/);
});

describe('resizePositions', () => {
  it('keeps rows and columns apart', () => {
    const values = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => Math.sin(i));
    expect([...resizePositions(values, [2, 3, 4], [2, 3, 4], 5)]).toEqual([...values]);
  });
});
