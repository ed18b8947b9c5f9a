import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../core/compute/index.ts';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { closeModel, modelDocument, saveModel } from '../../core/model/saved-model.ts';
import { randomModel } from '../inference/support/random-model.ts';
import { cli, errorOf, json, temporaryFolder } from './support.ts';

let work: string;
let run: string;

beforeAll(async () => {
  work = temporaryFolder();
  run = join(work, 'run');
  await startBackend();
  const model = randomModel({ channels: 2 }, { spacing: [1, 1, 2] });
  const document = modelDocument.parse({ ...model.document, provenance: { data: '/secret/ward' } });
  await saveModel(join(run, 'model'), document, model.parameters);
  closeModel(model);
}, 180_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

const exportTo = (format: string, file: string, model = run): ReturnType<typeof cli> =>
  cli(['export-model', model, '--format', format, '--out', join(work, file), '--json']);

describe('export-model', () => {
  it('writes the weights as they are, with what a user of them must know and nothing of their origin', async () => {
    const result = await exportTo('safetensors', 'weights.safetensors');
    expect(result).toMatchObject({ status: 0 });
    const [own, made] = [
      await readSafetensors(join(run, 'model', 'weights.safetensors')),
      await readSafetensors(join(work, 'weights.safetensors')),
    ];
    expect(json(result)).toMatchObject({ model: join(run, 'model'), format: 'safetensors', tensors: own.names.length });
    expect(made.names).toEqual(own.names);
    for (const name of own.names) {
      expect(made.shapeOf(name), name).toEqual(own.shapeOf(name));
      expect(await made.float32(name), name).toEqual(await own.float32(name));
    }
    expect(made.metadata).toMatchObject({ format: 'pt', network: 'unetr' });
    expect(JSON.parse(made.metadata['preparation'] ?? '')).toMatchObject({ spacing: [1, 1, 2] });
    expect(JSON.parse(made.metadata['labels'] ?? '')).toHaveLength(3);
    expect(JSON.stringify(made.metadata)).not.toContain('secret');
    await own.close();
    await made.close();
  });

  it('writes a network for ONNX runtimes', async () => {
    const result = await exportTo('onnx', 'network.onnx');
    expect(result).toMatchObject({ status: 0 });
    expect(json(result)).toMatchObject({
      opset: 17,
      bytes: statSync(join(work, 'network.onnx')).size,
      input: { name: 'image', shape: [1, 2, 16, 16, 16] },
      output: { name: 'logits', shape: [1, 3, 16, 16, 16] },
    });
  });

  it('does not write over a file', async () => {
    writeFileSync(join(work, 'there.onnx'), 'mine');
    const result = await exportTo('onnx', 'there.onnx');
    expect(result.status).not.toBe(0);
    expect(errorOf(result)).toMatchObject({ code: 'bad-setting', subject: join(work, 'there.onnx') });
  });

  it('refuses a folder without a model, and weights that do not belong to it', async () => {
    const empty = join(work, 'empty');
    mkdirSync(empty);
    expect(errorOf(await exportTo('onnx', 'no.onnx', empty)).code).toBe('bad-model');
    const other = join(work, 'other');
    cpSync(join(run, 'model'), other, { recursive: true });
    const text = readFileSync(join(other, 'model.json'), 'utf8');
    writeFileSync(join(other, 'model.json'), text.replace('"channels": 2', '"channels": 1'));
    expect(errorOf(await exportTo('safetensors', 'no.safetensors', other))).toMatchObject({
      code: 'bad-model',
      subject: join(other, 'weights.safetensors'),
    });
    expect((await exportTo('pickle', 'no.pt')).status).toBe(2);
  });
});
