import { TesseraError } from '../base/errors.ts';
import type { Shape } from '../compute/index.ts';
import { importedName, type WeightStyle } from './imported-names.ts';
import type { ParameterSpec } from './parameters.ts';
import { resizePositions } from './resize-positions.ts';
import { gridOf, unetrSpecs, type UnetrSettings } from './unetr.ts';

/** A file of named weights in PyTorch layout, such as an open safetensors file. */
export interface WeightSource {
  readonly names: readonly string[];
  shapeOf(name: string): Shape | undefined;
  float32(name: string): Promise<Float32Array>;
}

export interface ImportReport {
  readonly style: WeightStyle;
  /** Weights of the network that came from the file as they were. */
  readonly matched: readonly string[];
  /** Weights that came from the file with another shape: positions of another grid, patches of another number of channels. */
  readonly resized: readonly { readonly name: string; readonly from: Shape; readonly to: Shape }[];
  /** Weights that the file has under another shape, and that therefore start fresh. */
  readonly mismatched: readonly { readonly name: string; readonly from: Shape; readonly to: Shape }[];
  /** Weights that the file does not have, and that therefore start fresh. */
  readonly missing: readonly string[];
  /** Weights of the file that no part of the network takes. */
  readonly unused: readonly string[];
}

const POSITIONS = 'vit.patch_embedding.position_embeddings';
const PATCHES = 'vit.patch_embedding.patch_embeddings.weight';

/**
 * Network settings that the shapes in the file tell: width, depth, MLP ratio, patch, channels, bias, crop size, features, classes. Heads are told
 * by no shape; 64 wide is what every published ViT has. Epsilon is told by the naming: MONAI 1e-5, timm-style MAE code 1e-6 (method 5.1).
 * @throws TesseraError `bad-model` when the file has no encoder of either naming
 */
export function settingsFromWeights(file: WeightSource, subject: string): Partial<UnetrSettings> {
  const { sources, style } = sourcesOf(file, subject);
  const shape = (name: string): Shape => file.shapeOf(sources.get(name) ?? '') ?? [];
  const [width = 0, ...patchShape] = shape(PATCHES);
  const blocks = [...sources.keys()].map((name) => /^vit\.blocks\.(\d+)\./.exec(name)?.[1]).filter((n) => n !== undefined);
  const [mlp] = shape('vit.blocks.0.mlp.linear1.weight');
  const [features] = shape('encoder1.layer.conv1.conv.weight');
  const [classes] = shape('out.conv.conv.weight');
  const patch = patchFrom(patchShape);
  const grid = patch === undefined ? undefined : cubeGrid(shape(POSITIONS)[1] ?? 0);
  return {
    ...(width > 0 ? { width } : {}),
    ...(blocks.length > 0 ? { depth: 1 + Math.max(...blocks.map(Number)) } : {}),
    ...(width > 0 && width % 64 === 0 ? { heads: width / 64 } : {}),
    ...(mlp !== undefined && width > 0 ? { mlpRatio: mlp / width } : {}),
    ...(patch === undefined ? {} : { patch: patch.size, channels: patch.channels }),
    ...(patch === undefined || grid === undefined ? {} : { size: scaled(patch.size, grid) }),
    ...(features === undefined ? {} : { features }),
    ...(classes === undefined ? {} : { classes }),
    qkvBias: sources.has('vit.blocks.0.attn.qkv.bias'),
    epsilon: style === 'monai' ? 1e-5 : 1e-6,
  };
}

/**
 * Weights for a UNETR from a file that PyTorch wrote: MONAI's UNETR names (older and newer), or timm-style names of an MAE encoder (method
 * 7.1). Prefixes are stripped, a class token and cross-attention left-overs dropped, positions resized trilinearly where the grid differs.
 * @returns values in PyTorch layout, for the weights that the file gives
 * @throws TesseraError `bad-model` when nothing fits, or the encoder is of another width or patch
 */
export async function importWeights(
  file: WeightSource,
  settings: UnetrSettings,
  subject: string,
): Promise<{ readonly values: ReadonlyMap<string, Float32Array>; readonly report: ImportReport }> {
  const { sources, style, unused } = sourcesOf(file, subject);
  const values = new Map<string, Float32Array>();
  const matched: string[] = [];
  const resized: { name: string; from: Shape; to: Shape }[] = [];
  const mismatched: { name: string; from: Shape; to: Shape }[] = [];
  const missing: string[] = [];
  const specs = unetrSpecs(settings);
  for (const spec of specs) {
    const { name, torchShape: to } = spec;
    const source = sources.get(name);
    const from = source === undefined ? undefined : file.shapeOf(source);
    if (source === undefined || from === undefined) {
      missing.push(name);
      continue;
    }
    if (isSame(from, to)) {
      values.set(name, await file.float32(source));
      matched.push(name);
      continue;
    }
    const fitted = await fit(file, source, from, spec, settings);
    if (fitted === undefined) {
      if (name.startsWith('vit.'))
        throw new TesseraError('bad-model', `has ${source} of shape ${from.join('x')}; this network wants ${to.join('x')}.`, {
          subject,
          advice: 'Leave out what was given with --set: width, depth and patch are read from the file.',
        });
      mismatched.push({ name, from, to });
      continue;
    }
    values.set(name, fitted);
    resized.push({ name, from, to });
  }
  const taken = new Set(specs.map((spec) => spec.name));
  const beside = [...sources].filter(([name]) => !taken.has(name)).map(([, source]) => source);
  return { values, report: { style, matched, resized, mismatched, missing, unused: [...unused, ...beside] } };
}

/** Which weight of the file stands for which of the network, by name alone. */
function sourcesOf(file: WeightSource, subject: string): { sources: Map<string, string>; style: WeightStyle; unused: string[] } {
  const sources = new Map<string, string>();
  const unused: string[] = [];
  const counts = { monai: 0, timm: 0 };
  for (const source of file.names) {
    const found = importedName(source);
    if (found === undefined || sources.has(found.name)) unused.push(source);
    else {
      sources.set(found.name, source);
      counts[found.style] += 1;
    }
  }
  if (!sources.has(PATCHES))
    throw new TesseraError('bad-model', 'has no encoder under MONAI UNETR names or timm-style MAE names.', {
      subject,
      advice: 'Save the state dict of the network itself as safetensors (safetensors.torch.save_file).',
    });
  return { sources, style: counts.monai >= counts.timm ? 'monai' : 'timm', unused };
}

/** A weight of another shape brought to the one wanted, where there is a right way to do it. */
async function fit(
  file: WeightSource,
  source: string,
  from: Shape,
  spec: ParameterSpec,
  s: UnetrSettings,
): Promise<Float32Array | undefined> {
  const to = spec.torchShape;
  if (spec.name === POSITIONS && from.at(-1) === s.width) {
    const rows = from.at(-2) ?? 0;
    const wanted = gridOf(s);
    const count = wanted[0] * wanted[1] * wanted[2];
    // One row more than the grid has places is the class token's, which comes first.
    if (rows === count + 1) return (await file.float32(source)).subarray(s.width);
    const grid = cubeGrid(rows);
    if (grid === undefined) return undefined;
    const values = (await file.float32(source)).subarray((rows - grid ** 3) * s.width);
    return resizePositions(values, [grid, grid, grid], wanted, s.width);
  }
  const volume = s.patch[0] * s.patch[1] * s.patch[2];
  if (spec.name === PATCHES && from.length === 2 && from[0] === s.width && from[1] === volume * s.channels)
    return channelsFirst(await file.float32(source), s.width, volume, s.channels);
  // One channel repeated for each of several, divided by their number to keep activations at the same scale (method 7.1).
  if (spec.name === PATCHES && from[1] === 1 && isSame(from.slice(2), to.slice(2)) && from[0] === to[0])
    return repeatedChannels(await file.float32(source), s.width, volume, s.channels);
  return undefined;
}

/** MONAI's "perceptron" embedding stores (d, P0·P1·P2·C), channels fastest. */
function channelsFirst(values: Float32Array, width: number, volume: number, channels: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let d = 0; d < width; d++)
    for (let v = 0; v < volume; v++)
      for (let c = 0; c < channels; c++) out[(d * channels + c) * volume + v] = values[(d * volume + v) * channels + c] as number;
  return out;
}

function repeatedChannels(values: Float32Array, width: number, volume: number, channels: number): Float32Array {
  const out = new Float32Array(width * channels * volume);
  for (let d = 0; d < width; d++)
    for (let c = 0; c < channels; c++)
      for (let v = 0; v < volume; v++) out[(d * channels + c) * volume + v] = (values[d * volume + v] as number) / channels;
  return out;
}

/** (C, P0, P1, P2) of a convolution, or the P³ of a "perceptron", which has one channel unless its patch is no cube. */
function patchFrom(shape: Shape): { readonly size: [number, number, number]; readonly channels: number } | undefined {
  const [channels, p0, p1, p2] = shape;
  if (channels !== undefined && p0 !== undefined && p1 !== undefined && p2 !== undefined) return { size: [p0, p1, p2], channels };
  const side = Math.round(Math.cbrt(channels ?? 0));
  return side > 0 && side ** 3 === channels ? { size: [side, side, side], channels: 1 } : undefined;
}

function scaled([a, b, c]: [number, number, number], factor: number): [number, number, number] {
  return [factor * a, factor * b, factor * c];
}

/** The side of a cubic grid of that many rows, with or without one for the class token. */
function cubeGrid(rows: number): number | undefined {
  const side = Math.round(Math.cbrt(rows));
  return side > 0 && (side ** 3 === rows || side ** 3 === rows - 1) ? side : undefined;
}

function isSame(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}
