import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSafetensors } from '../../../core/compute/safetensors.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import { hashOf } from '../../../core/service/engine/handlers/model-card.ts';
import { contextOf, newWorkspace, temporary } from './support.ts';
import { importSamples, tinyPretraining } from './support-training.ts';

it('a pre-training run leaves as one file without scans, and begins a fine-tuning elsewhere', async () => {
  const place = temporary();
  const [home, away] = [await newWorkspace(place), await newWorkspace(place)];
  const scans = await importSamples(home, 2, 0);
  const { id: run } = await home.newItem('runs');
  const settings = { ...tinyPretraining, epochs: 1 };
  await handlers.pretrain({ kind: 'pretrain', name: 'mine', scans, run, probe: false, settings }, contextOf(home));

  const { file, bytes, sha256 } = await handlers['export-model']({ model: run, kind: 'pretrained' }, contextOf(home));
  const exported = join(home.folder, file);
  expect([await hashOf(exported), readFileSync(exported).length]).toEqual([sha256, bytes]);
  const text = readFileSync(exported, 'latin1');
  for (const secret of [...scans, home.folder]) expect(text).not.toContain(secret);

  const { model = '' } = await handlers['import-model']({ paths: [exported] }, contextOf(away));
  const card = await handlers['model-card']({ model, kind: 'pretrained' }, contextOf(away));
  const before = await handlers['model-card']({ model: run, kind: 'pretrained' }, contextOf(home));
  expect(card).toMatchObject({
    name: 'mine',
    network: 'GL-MAE',
    epochs: before.epochs,
    settings: before.settings,
    preparation: before.preparation,
  });
  expect([card.weights.count, card.run?.scans]).toEqual([before.weights.count, { unlabelled: 2 }]);
  const [mine, taken] = await Promise.all(
    [home, away].map((w, n) => readSafetensors(join(w.itemPath('runs', n === 0 ? run : model), 'checkpoints', 'step-1.safetensors'))),
  );
  if (mine === undefined || taken === undefined) throw new Error('a checkpoint is missing');
  const kept = mine.names.filter((name) => !/^[mv]\//.test(name));
  expect([...taken.names].sort()).toEqual([...kept].sort());
  for (const name of kept) expect(await taken.float32(name)).toEqual(await mine.float32(name));
  await Promise.all([mine.close(), taken.close()]);

  const damaged = readFileSync(exported);
  damaged[damaged.length - 5] = (damaged[damaged.length - 5] ?? 0) ^ 1;
  writeFileSync(join(place, 'damaged.safetensors'), damaged);
  const refused = handlers['import-model']({ paths: [join(place, 'damaged.safetensors')] }, contextOf(away));
  await expect(refused).rejects.toMatchObject({ code: 'bad-model', message: expect.stringContaining('checksum') });

  // The checksum is of the weights; what is said of them is held against their shapes.
  const lying = readFileSync(exported, 'latin1').replace(/depth\\":1/, 'depth\\":2');
  expect(lying).not.toBe(readFileSync(exported, 'latin1'));
  writeFileSync(join(place, 'lying.safetensors'), lying, 'latin1');
  const doubted = handlers['import-model']({ paths: [join(place, 'lying.safetensors')] }, contextOf(away));
  await expect(doubted).rejects.toMatchObject({ code: 'bad-model', message: expect.stringContaining('which its settings call for') });
  expect(await away.items('runs')).toEqual([model]);
  await Promise.all([home.close(), away.close()]);
}, 120_000);
