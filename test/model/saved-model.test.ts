import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { memory, startBackend, values } from '../../core/compute/index.ts';
import { readSafetensors, writeSafetensors, type SafetensorsEntry } from '../../core/compute/safetensors.ts';
import { createParameters, disposeParameters } from '../../core/model/parameters.ts';
import { closeModel, loadModel, modelDocument, saveModel, type SavedModel } from '../../core/model/saved-model.ts';
import { segmentationNetwork } from '../../core/model/segmentation-network.ts';
import { randomModel } from '../inference/support/random-model.ts';

let folder: string;
let model: SavedModel;

beforeAll(async () => {
  await startBackend();
}, 180_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-model-'));
  model = randomModel();
});
afterEach(() => {
  closeModel(model);
  rmSync(folder, { recursive: true });
});

const weights = (): string => join(folder, 'weights.safetensors');
const document = (): string => join(folder, 'model.json');
const save = (): Promise<void> => saveModel(folder, model.document, model.parameters);

/** Writes the weights again with some of them changed. */
async function rewrite(change: (entries: Map<string, SafetensorsEntry>) => void): Promise<void> {
  const file = await readSafetensors(weights());
  const entries = new Map<string, SafetensorsEntry>();
  for (const name of file.names) entries.set(name, { shape: file.shapeOf(name) ?? [], data: await file.float32(name) });
  await file.close();
  change(entries);
  await writeSafetensors(weights(), entries);
}

describe('a saved model of another kind', () => {
  const document = {
    schema: 'tessera-model/1',
    network: 'segresnet',
    settings: { size: [16, 8, 24], channels: 2, classes: 1 },
    preparation: {},
    labels: [
      { value: 0, name: 'background' },
      { value: 4, name: 'tumour' },
    ],
    regions: [{ name: 'tumour', values: [4], writes: 4 }],
  };

  it('with SegResNet, two channels and one region is loaded as it was', async () => {
    const parsed = modelDocument.parse(document);
    const network = segmentationNetwork(parsed);
    const parameters = createParameters(network.specs, seededRandom(1));
    await saveModel(folder, parsed, parameters);
    const loaded = await loadModel(folder);
    expect(loaded.document).toEqual(parsed);
    for (const { name, shape } of network.specs) expect(loaded.parameters.get(name)?.shape, name).toEqual(shape);
    closeModel(loaded);
    disposeParameters(parameters);
  });

  it.each([
    ['sides that 8 does not divide', { settings: { ...document.settings, size: [16, 12, 24] } }],
    ['fewer regions than outputs', { settings: { ...document.settings, classes: 2 } }],
    ['labels for an output of one region', { regions: undefined }],
    ['a region that writes nothing', { regions: [{ name: 'tumour', values: [4] }] }],
    ['another network', { network: 'unet' }],
  ])('with %s is refused', (_what, changes) => {
    expect(modelDocument.safeParse(document).success).toBe(true);
    expect(modelDocument.safeParse({ ...document, ...changes }).success).toBe(false);
  });
});

describe('a saved model', () => {
  it('is loaded as it was, bit for bit', async () => {
    await save();
    expect(readdirSync(folder).sort()).toEqual(['model.json', 'weights.safetensors']);
    const loaded = await loadModel(folder);
    expect(loaded.document).toEqual(model.document);
    expect([...loaded.parameters.keys()]).toEqual([...model.parameters.keys()]);
    for (const [name, value] of loaded.parameters) {
      const own = model.parameters.get(name);
      expect(value.shape, name).toEqual(own?.shape);
      expect(await values(value), name).toEqual(own === undefined ? undefined : await values(own));
    }
    closeModel(loaded);
  });

  it('lies on disk in the layout of PyTorch, under the names of MONAI', async () => {
    await save();
    const file = await readSafetensors(weights());
    for (const spec of segmentationNetwork(model.document).specs) expect(file.shapeOf(spec.name), spec.name).toEqual(spec.torchShape);
    // (in, out, 2, 2, 2) there, (in, dz dy dx out) here.
    const [name, into] = ['decoder5.transp_conv.conv.weight', file.shapeOf('decoder5.transp_conv.conv.weight') ?? []];
    const [torch, own] = [await file.float32(name), model.parameters.get(name)];
    const ours = own === undefined ? [] : await values(own);
    const [inputs = 0, outputs = 0, ...growth] = into;
    const block = growth.reduce((a, b) => a * b, 1);
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++)
        for (let k = 0; k < block; k++) expect(torch[(i * outputs + o) * block + k]).toBe(ours[(i * block + k) * outputs + o]);
    await file.close();
  });

  it.each<[string, () => void | Promise<void>, () => string, RegExp]>([
    ['without model.json', () => rmSync(document()), document, /missing/],
    ['without weights', () => rmSync(weights()), weights, /./],
    ['with weights cut short', () => truncateSync(weights(), 5000), weights, /./],
    ['with weights cut within the header', () => truncateSync(weights(), 100), weights, /./],
    ['with empty weights', () => truncateSync(weights(), 0), weights, /./],
    ['with a JPEG for weights', () => writeFileSync(weights(), Buffer.from('ffd8ffe000104a46494600010101', 'hex')), weights, /./],
    ['with half a document', () => truncateSync(document(), 200), document, /not JSON/],
    ['with a document of another kind', () => writeFileSync(document(), '{"schema":"tessera-run/1"}'), document, /schema/],
    ['with one weight missing', () => rewrite((e) => e.delete('vit.norm.bias')), weights, /no weight vit\.norm\.bias/],
    [
      'with a weight of another shape',
      () => rewrite((e) => e.set('vit.norm.bias', { shape: [6, 2], data: new Float32Array(12) })),
      weights,
      /vit\.norm\.bias of shape 6x2, not 12/,
    ],
    [
      'whose document tells another width',
      () => writeFileSync(document(), readFileSync(document(), 'utf8').replace('"width": 12', '"width": 24')),
      weights,
      /not/,
    ],
  ])('%s is refused, naming the file', async (_what, damage, subject, message) => {
    await save();
    await damage();
    const before = memory();
    const error: unknown = await loadModel(folder).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'bad-model', subject: subject() });
    expect((error as Error).message).toMatch(message);
    expect(memory()).toEqual(before);
  });

  it.each([
    ['heads that do not divide the width', { heads: 5 }],
    ['a size that the patch does not divide', { size: [16, 16, 20] }],
    ['a patch that is no power of 2', { patch: [8, 8, 12], size: [16, 16, 24] }],
    ['fewer classes than labels', { classes: 2 }],
    ['an endless network', { depth: 1e9 }],
  ])('with %s in its document is refused', async (_what, settings) => {
    await save();
    const text = JSON.parse(readFileSync(document(), 'utf8')) as { settings: object };
    writeFileSync(document(), JSON.stringify({ ...text, settings: { ...text.settings, ...settings } }));
    await expect(loadModel(folder)).rejects.toMatchObject({ code: 'bad-model' });
  });
});
