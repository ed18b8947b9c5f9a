import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { dispose, startBackend, values } from '../../core/compute/index.ts';
import { exportOnnx } from '../../core/model/onnx/export-onnx.ts';
import { disposeInput } from '../../core/model/network-input.ts';
import { createParameters } from '../../core/model/parameters.ts';
import { closeModel, modelDocument, type SavedModel } from '../../core/model/saved-model.ts';
import { segmentationNetwork } from '../../core/model/segmentation-network.ts';
import { toTorch } from '../../core/model/torch-layout.ts';
import { randomModel } from '../inference/support/random-model.ts';

beforeAll(async () => {
  await startBackend();
}, 180_000);

async function exported(model: SavedModel): ReturnType<typeof exportOnnx> {
  return exportOnnx(
    model.document,
    async (spec) => {
      const own = model.parameters.get(spec.name);
      return own === undefined ? new Float32Array() : toTorch(await values(own), spec);
    },
    'model',
  );
}

/** Logits of our own network, brought from (voxels, K) to (K, voxels). */
async function ownLogits(model: SavedModel, crop: Float32Array): Promise<Float32Array> {
  const network = segmentationNetwork(model.document);
  const input = network.inputs([crop]);
  const logits = network.logits(input, model.parameters);
  const rows = await values(logits);
  dispose(logits);
  disposeInput(input);
  const voxels = rows.length / network.outputs;
  return Float32Array.from({ length: rows.length }, (_, i) => rows[(i % voxels) * network.outputs + Math.floor(i / voxels)] ?? Number.NaN);
}

function randomSegResNet(settings: Readonly<Record<string, unknown>>): SavedModel {
  const document = modelDocument.parse({ ...randomModel().document, network: 'segresnet', settings: { classes: 3, ...settings } });
  return { document, parameters: createParameters(segmentationNetwork(document).specs, seededRandom(2)) };
}

/** ONNX Runtime's package has no library for Macs with Intel processors. */
const noRuntime = process.platform === 'darwin' && process.arch === 'x64';

describe.skipIf(noRuntime)('a network exported to ONNX, run by ONNX Runtime', () => {
  it.each<[string, () => SavedModel]>([
    ['UNETR with patches of 8³', () => randomModel()],
    [
      'UNETR with patches of 16³ and 12 blocks',
      () => randomModel({ depth: 12, patch: [16, 16, 16], size: [32, 32, 32], qkvBias: false, epsilon: 1e-5 }),
    ],
    [
      'UNETR with patches and crops of three different sides and two channels',
      () => randomModel({ patch: [16, 8, 4], size: [32, 16, 12], channels: 2, features: 3 }),
    ],
    ['SegResNet', () => randomSegResNet({ size: [16, 24, 32], channels: 2, filters: 16, blocksDown: [1, 1, 2, 1], blocksUp: [1, 2, 1] })],
  ])('%s gives our logits', async (_what, make) => {
    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    const model = make();
    const { bytes, input, output } = await exported(model);
    const random = seededRandom(7);
    const crop = Float32Array.from({ length: input.shape.reduce((a, b) => a * b, 1) }, () => random.normal());
    const session = await InferenceSession.create(bytes);
    expect(session.inputNames).toEqual(['image']);
    expect(session.outputNames).toEqual(['logits']);
    const { logits } = await session.run({ image: new Tensor('float32', crop, input.shape) });
    expect(logits?.dims).toEqual(output.shape);
    const [theirs, ours] = [logits?.data as Float32Array, await ownLogits(model, crop)];
    expect(theirs).toHaveLength(ours.length);
    const spread = Math.max(...ours) - Math.min(...ours);
    expect(spread).toBeGreaterThan(0.1);
    const furthest = ours.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (theirs[i] ?? Number.NaN))), 0);
    expect(furthest).toBeLessThan(1e-4);
    await session.release();
    closeModel(model);
  });
});

it('tells a user of the file what its numbers mean, and not where the model comes from', async () => {
  const model = randomModel({}, { spacing: [1.5, 1.5, 2], intensity: { kind: 'window', low: -175, high: 250 } });
  const document = modelDocument.parse({ ...model.document, provenance: { data: '/secret/ward' } });
  const { bytes } = await exported({ ...model, document });
  const text = Buffer.from(bytes).toString('latin1');
  expect(text).toContain('{"value":7,"name":"structure 7"}');
  expect(text).toContain('"intensity":{"kind":"window","low":-175,"high":250}');
  expect(text).not.toContain('secret');
  closeModel(model);
});

it('refuses weights that one ONNX file cannot hold, before it reads them', async () => {
  const { document } = randomModel();
  const settings = { ...document.settings, width: 2048, depth: 24 };
  const huge = modelDocument.parse({ ...document, settings });
  const read = (): Promise<Float32Array> => Promise.reject(new Error('was read'));
  await expect(exportOnnx(huge, read, 'model')).rejects.toMatchObject({ code: 'too-large', subject: 'model' });
});
