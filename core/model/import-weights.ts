import { TesseraError } from '../base/errors.ts';
import type { Shape } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import { adaptation, isSame, PATCHES, POSITIONS, type ShapedWeight } from './adapt-weights.ts';
import { importedName } from './imported-names.ts';
import { unetrSpecs, type UnetrSettings } from './unetr.ts';

/** A file of named weights in PyTorch layout, such as an open safetensors file. */
export interface WeightSource {
  readonly names: readonly string[];
  shapeOf(name: string): Shape | undefined;
  float32(name: string): Promise<Float32Array>;
}

/** Whose names a file has. `monai`: UNETR and ViT of MONAI; `timm`: the ViT of timm, MAE and the code of GL-MAE and SelfMedMAE. */
export type WeightStyle = 'monai' | 'timm';

export interface ImportReport {
  readonly style: WeightStyle;
  /** Weights of the network that came from the file as they were. */
  readonly matched: readonly string[];
  /** Weights that came from the file with another shape: positions of another grid, another number of channels. */
  readonly resized: readonly ShapedWeight[];
  /** Weights that the file has under another shape, and that therefore start fresh. */
  readonly mismatched: readonly ShapedWeight[];
  /** Weights that the file does not have, and that therefore start fresh. */
  readonly missing: readonly string[];
  /** Weights of the file that no part of the network takes. */
  readonly unused: readonly string[];
}

/**
 * Weights for a UNETR from a file that PyTorch wrote: MONAI's UNETR or ViT names (older and newer), or timm-style names of an MAE encoder
 * (method 7.1). Prefixes are stripped, a class token and cross-attention left-overs dropped, positions resized trilinearly where the grid
 * differs (method 7.2), channels repeated or summed.
 * @param grid patches along each axis that the positions of the file are for, where they are no cube
 * @returns values in PyTorch layout, for the weights that the file gives
 * @throws TesseraError `bad-model` when nothing fits, or the encoder is of another width or patch
 */
export async function importWeights(
  file: WeightSource,
  settings: UnetrSettings,
  subject: string,
  grid?: Triple,
): Promise<{ readonly values: ReadonlyMap<string, Float32Array>; readonly report: ImportReport }> {
  const { sources, style, unused } = weightsByName(file, subject);
  const values = new Map<string, Float32Array>();
  const matched: string[] = [];
  const resized: ShapedWeight[] = [];
  const mismatched: ShapedWeight[] = [];
  const missing: string[] = [];
  const specs = unetrSpecs(settings);
  for (const { name, torchShape: to } of specs) {
    const source = sources.get(name);
    const from = source === undefined ? undefined : file.shapeOf(source);
    if (source === undefined || from === undefined) {
      missing.push(name);
      continue;
    }
    const isAsWanted = isSame(from, to) && (name !== POSITIONS || grid === undefined);
    const adapt = isAsWanted ? undefined : adaptation({ name, from, to }, settings, grid);
    if (isAsWanted) matched.push(name);
    else if (adapt !== undefined) resized.push({ name, from, to });
    else if (name.startsWith('vit.')) throw misfit(source, name, from, to, subject);
    else {
      mismatched.push({ name, from, to });
      continue;
    }
    const given = await file.float32(source);
    values.set(name, adapt === undefined ? given : adapt(given));
  }
  const taken = new Set(specs.map((spec) => spec.name));
  const beside = [...sources].filter(([name]) => !taken.has(name)).map(([, source]) => source);
  return { values, report: { style, matched, resized, mismatched, missing, unused: [...unused, ...beside] } };
}

/** Which weight of the file stands for which of the network, by name alone. @throws TesseraError `bad-model` when there is no encoder */
export function weightsByName(
  file: WeightSource,
  subject: string,
): { readonly sources: ReadonlyMap<string, string>; readonly style: WeightStyle; readonly unused: readonly string[] } {
  const sources = new Map<string, string>();
  const unused: string[] = [];
  for (const source of file.names) {
    const name = importedName(source);
    if (name === undefined || sources.has(name)) unused.push(source);
    else sources.set(name, source);
  }
  const embedding = sources.get(PATCHES);
  if (embedding === undefined)
    throw new TesseraError('bad-model', 'has no encoder under MONAI UNETR names or timm-style MAE names.', {
      subject,
      advice: 'Save the state dict of the network itself as safetensors (docs/guide/convert-checkpoints.md).',
    });
  return { sources, style: /patch_embed\.proj/.test(embedding) ? 'timm' : 'monai', unused };
}

function misfit(source: string, name: string, from: Shape, to: Shape, subject: string): TesseraError {
  const advice =
    name === POSITIONS
      ? 'If the file is for a grid that is no cube, name it: --grid 12,12,2 (patches along each axis).'
      : name === PATCHES && from[0] === to[0]
        ? 'Patches must be those of the file; channels can go from one to several or from several to one.'
        : 'Leave out what was given with --set: width, depth and patch are read from the file.';
  return new TesseraError('bad-model', `has ${source} of shape ${from.join('x')}; this network wants ${to.join('x')}.`, {
    subject,
    advice,
  });
}
