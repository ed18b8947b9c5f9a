import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { keep, startBackend, tensorFromOwned, zeros } from '../../core/compute/index.ts';
import { preparationSettings, writeNifti, type DatasetCase } from '../../core/imaging/index.ts';
import { windowSettings } from '../../core/inference/sliding-window.ts';
import { ScanStore } from '../../core/learning/scan-store.ts';
import { modelLabels, outputsOf, type Targets } from '../../core/learning/targets.ts';
import { validate, type Validation } from '../../core/learning/validate.ts';
import { closeModel, type SavedModel } from '../../core/model/saved-model.ts';
import { segResNetSettings } from '../../core/model/segresnet.ts';
import { segmentationNetwork, type NetworkSettings } from '../../core/model/segmentation-network.ts';
import { straight, volumeFrom } from '../imaging/support/volumes.ts';
import { temporary } from './support/tiny.ts';

const SIDE = 8;
const preparation = preparationSettings.parse({ foreground: false });
const classes = [0, 1, 2, 3].map((value) => ({ value, name: `n${value}` }));
const IGNORED = 9;
let folder: string;
const cases: DatasetCase[] = [];

/** Slices of labels along the first axis. */
const slices = {
  // Eight slices each: 4 of background, 2, 1, 1.
  full: [0, 0, 0, 0, 1, 1, 2, 3],
  // No 2, and half of it unlabelled.
  part: [0, 0, 1, 3, IGNORED, IGNORED, IGNORED, IGNORED],
};

beforeAll(async () => {
  await startBackend();
  folder = temporary();
  const geometry = straight([SIDE, SIDE, SIDE]);
  for (const [id, labels] of Object.entries(slices)) {
    const [image, label] = [join(folder, `${id}.nii.gz`), join(folder, `${id}.label.nii.gz`)];
    await writeNifti(
      image,
      volumeFrom(geometry, () => 1),
    );
    await writeNifti(
      label,
      volumeFrom(geometry, (i) => labels[i] ?? 0),
    );
    cases.push({ id, images: [image], label });
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A network without weights, whose logits are the same in every voxel. */
async function validated(logits: readonly number[], targets: Targets): Promise<Validation> {
  const settings: NetworkSettings = {
    network: 'segresnet',
    settings: segResNetSettings.parse({ size: [SIDE, SIDE, SIDE], classes: outputsOf(targets) }),
  };
  const parameters = new Map(segmentationNetwork(settings).specs.map(({ name, shape }) => [name, keep(zeros(shape))]));
  const bias = 'conv_final.2.conv.bias';
  parameters.get(bias)?.dispose();
  parameters.set(bias, keep(tensorFromOwned(Float32Array.from(logits), [logits.length])));
  const model: SavedModel = {
    document: { schema: 'tessera-model/1', preparation, ...modelLabels(targets), ...settings, provenance: {} },
    parameters,
  };
  const store = new ScanStore(cases, preparation, { classes: [...classes.map(({ value }) => value), IGNORED] });
  const options = windowSettings.parse({ skipEmpty: false });
  const result = await validate(store, model, targets, options, silentTask);
  closeModel(model);
  return result;
}

describe('validation', () => {
  it('is the mean over cases of the mean over the classes that a case has; unlabelled voxels do not count', async () => {
    const { dice, byTarget } = await validated([0, 1, 0, 0], { classes });
    // All of class 1: 2·2/(2 + 8) of `full`, 2·1/(1 + 4) of the labelled half of `part`.
    expect(byTarget['n1']).toBeCloseTo((0.4 + 0.4) / 2, 12);
    expect(byTarget['n2']).toBe(0);
    expect(byTarget['n3']).toBe(0);
    // `part` has no 2.
    expect(dice).toBeCloseTo((0.4 / 3 + 0.4 / 2) / 2, 12);
  });

  it('gives the first of equal classes a voxel', async () => {
    const { dice } = await validated([1, 1, 1, 1], { classes });
    expect(dice).toBe(0);
  });

  it('has a Dice for each region, by its own sign', async () => {
    const regions = [
      { name: 'all', values: [1, 2, 3], writes: 1 },
      { name: 'two', values: [2], writes: 2 },
      { name: 'three', values: [3], writes: 3 },
    ];
    const { dice, byTarget } = await validated([0.1, 5, -0.1], { classes, regions });
    expect(byTarget['all']).toBeCloseTo(((2 * 4) / (4 + 8) + (2 * 2) / (2 + 4)) / 2, 12);
    expect(byTarget['two']).toBeCloseTo((2 * 1) / (1 + 8), 12);
    expect(byTarget['three']).toBe(0);
    expect(dice).toBeCloseTo(((2 / 3 + 2 / 9 + 0) / 3 + (2 / 3 + 0) / 2) / 2, 12);
  });
});
