import { majorityVote, organsByName, renumbered, staple, type NamedLabels } from '../../../evaluation/index.ts';
import type { EngineHandler } from '../context.ts';
import { namedLabels } from './agreement.ts';

/** Makes a layer of what several layers of a scan say, organs matched by name. */
export const consensus: EngineHandler<'consensus'> = async ({ scan, layers, method, name }, { workspace, breathe, emit }) => {
  const read: NamedLabels[] = [];
  for (const layer of layers) {
    read.push(await namedLabels(workspace, scan, layer));
    await breathe();
  }
  const { names, tables } = organsByName(read.map(({ segments }) => segments));
  const maps = read.map(({ labels }, at) => renumbered(labels, tables[at] ?? new Uint16Array(65536)));
  const together = method === 'staple' ? staple(maps) : majorityVote(maps);
  await breathe();
  const { found } = await workspace.layers(scan);
  // Colour and code as in the first layer that gives them.
  const like = layers.flatMap((id) => found.find((document) => document.id === id)?.labels ?? []).filter(({ value }) => value > 0);
  const segments = names.map((organ, at) => {
    const { colour, code } = like.find((label) => label.colour !== undefined && isNamed(label.name, organ)) ?? {};
    return { value: at + 1, name: organ, ...(colour === undefined ? {} : { colour }), ...(code === undefined ? {} : { code }) };
  });
  const initial = names.length > 255 ? together : Uint8Array.from(together);
  const made = await workspace.createLayer(scan, { name, kind: 'label', labels: segments, initial, consensus: true });
  await workspace.audit('consensus-made', { scan, layer: made.id, method, layers: layers.length });
  emit({ kind: 'layer-stored', scan, layer: made.id });
  return { layer: made.id };
};

function isNamed(name: string, organ: string): boolean {
  return name.trim().toLowerCase() === organ.toLowerCase();
}
