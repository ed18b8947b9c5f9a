import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pointLPS, writeNifti, type Triple, type Volume } from '../../core/imaging/index.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { program, root } from '../e2e/support/places.ts';
import { phantom } from './make-scans.ts';

/** Changes when what is below does: an older workspace is made anew. */
const VERSION = 1;

export const TRUNK = 'trunk';
export const TRUNK_DIMS: Triple = [512, 512, 300];
/** As a CT of one organ has. */
export const SMALL_DIMS: Triple = [256, 256, 128];
export const smallTitle = (number: number): string => `organ ${number}`;
export const SMALL_SCANS = 10;

/**
 * A workspace with a trunk of 157 MB, ten small scans and a ViT-T of the laptop recipe after one step, below out/bench. What was made before is
 * used again.
 * @returns its folder
 */
export async function benchWorkspace(say: (line: string) => void): Promise<string> {
  const place = join(root, 'out', 'bench', 'workstation');
  const folder = join(place, 'workspace');
  const done = join(place, `version-${VERSION}`);
  if (!existsSync(done)) {
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { recursive: true });
    say('making scans …');
    await addScans(folder);
    say('a step of pre-training …');
    await addModel(folder, place);
    writeFileSync(done, '');
  }
  return folder;
}

async function addScans(folder: string): Promise<void> {
  const workspace = await createWorkspace(folder, { name: 'bench' });
  await workspace.addScan({ volume: body(TRUNK_DIMS, [0.8, 0.8, 1.5], 0), title: TRUNK, modality: 'CT' });
  for (let n = 1; n <= SMALL_SCANS; n++)
    await workspace.addScan({ volume: body(SMALL_DIMS, [1.4, 1.4, 2.5], n), title: smallTitle(n), modality: 'CT' });
  await workspace.close();
}

/** @param air values added to all, so that no two scans are the same */
function body(dims: Triple, spacing: Triple, air: number): Volume {
  const [size, , slices] = dims;
  const slice = phantom(size);
  const voxels = new Int16Array(size * size * slices);
  for (let z = 0; z < slices; z++) {
    voxels.set(
      slice(z, slices).map((value) => value - 1024 + air),
      z * size * size,
    );
  }
  const direction = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  return { geometry: { dims, spacing, origin: pointLPS(-180, -180, 0), direction }, voxels, slope: 1, intercept: 0 };
}

async function addModel(folder: string, place: string): Promise<void> {
  const data = join(place, 'data');
  const run = join(place, 'run');
  mkdirSync(data);
  await writeNifti(join(data, 'scan.nii.gz'), body([96, 96, 96], [3, 3, 3], 0));
  const args = ['pretrain', '--data', data, '--out', run, '--recipe', 'laptop', '--epochs', '1', '--seed', '1', '--force'];
  await promisify(execFile)(process.execPath, [program, ...args], { maxBuffer: 2 ** 26 });
  const to = join(folder, 'runs', 'bench');
  mkdirSync(join(to, 'checkpoints'), { recursive: true });
  cpSync(join(run, 'run.json'), join(to, 'run.json'));
  const checkpoint = readdirSync(join(run, 'checkpoints')).find((name) => /^step-\d+\.safetensors$/.test(name));
  if (checkpoint === undefined) throw new Error('the step of pre-training left no checkpoint');
  cpSync(join(run, 'checkpoints', checkpoint), join(to, 'checkpoints', checkpoint));
  for (const used of [data, run]) rmSync(used, { recursive: true });
}
