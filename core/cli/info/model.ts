import { join } from 'node:path';
import { modelDocument, readDocument } from '../../model/saved-model.ts';
import { encoderSizeName } from '../../model/encoder-size.ts';
import { parameterCount } from '../../model/parameters.ts';
import { segmentationNetwork, type NetworkSettings } from '../../model/segmentation-network.ts';
import { checkWeightsFile } from './weights.ts';
import { rowsText } from './rows.ts';

/** A model, with its weight file checked for names and shapes but not loaded. */
export async function modelInfo(path: string): Promise<{ document: object; text: string }> {
  const model = await readDocument(join(path, 'model.json'), modelDocument, 'bad-model', 'Give the folder of a model.');
  const { specs } = segmentationNetwork(model);
  await checkWeightsFile(join(path, 'weights.safetensors'), specs);
  const { settings: s, preparation, labels } = model;
  const parameters = parameterCount(specs);
  const rows: (readonly [string, string])[] = [
    ['model', path],
    ['network', `${model.network}, ${(parameters / 1e6).toFixed(2)} million weights`],
    shapeRow(model),
    ['crop', `${s.size.join(' × ')} voxels, ${s.channels} ${s.channels === 1 ? 'channel' : 'channels'}`],
    ['spacing', preparation.spacing === null ? "the scan's own" : `${preparation.spacing.join(' × ')} mm`],
    ['intensity', Object.values(preparation.intensity).join(' ')],
    ['labels', labels.map(({ value, name }) => `${value} ${name}`).join(', ')],
    ...(model.regions ?? []).map(({ name, values, writes }) => ['region', `${name}: ${values.join(', ')}, written as ${writes}`] as const),
    ...Object.entries(model.provenance).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const),
  ];
  return { document: { kind: 'model', path, parameters, ...model }, text: rowsText(rows) };
}

function shapeRow({ network, settings: s }: NetworkSettings): readonly [string, string] {
  if (network === 'segresnet') return ['levels', `${s.filters} filters, ${s.blocksDown.join('-')} blocks down, ${s.blocksUp.join('-')} up`];
  const size = encoderSizeName(s);
  return [
    'encoder',
    `${size === undefined ? '' : `${size}: `}width ${s.width}, ${s.depth} blocks, ${s.heads} heads, patch ${s.patch.join('x')}`,
  ];
}
