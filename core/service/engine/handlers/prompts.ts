import { pointLPS } from '../../../imaging/index.ts';
import { boxBetween, marksOf, type Prompt } from '../../../inference/prompts/marks.ts';
import { promptScan, proposal, type PromptScan } from '../../../inference/prompts/proposal.ts';
import { seenValues } from '../../../inference/prompts/seen-values.ts';
import { encodeDelta, paintedDelta } from '../../../labelling/index.ts';
import type { Workspace } from '../../../workspace/index.ts';
import type { PromptDocument } from '../../api/prompts.ts';
import type { EngineHandler } from '../context.ts';
import { Kept } from './kept.ts';
import { knownSpace } from './prompt-space.ts';

/** Bytes of scans that stay ready between clicks. */
const MOST_BYTES = 5e8;
const scans = new WeakMap<Workspace, Kept<PromptScan>>();

/** The structure that prompts show. Where the features of the scan were not made yet, it says so. */
export const prompts: EngineHandler<'prompts'> = async ({ prompts: given, within, ...input }, { workspace, breathe }) => {
  const known = await knownSpace(workspace, input);
  if (known === undefined) return { state: 'missing' };
  await breathe();
  const make = async (): Promise<{ value: PromptScan; size: number }> => {
    const { space, intensity } = await known.load();
    const value = promptScan(seenValues(await workspace.readScan(input.scan), intensity), space);
    return { value, size: value.seen.levels.byteLength + space.codes.byteLength + value.whole.codes.byteLength };
  };
  return keptOf(workspace).use(`${known.id} ${input.scan}`, make, async (scan) => {
    await breathe();
    const began = performance.now();
    const { geometry } = scan.seen;
    const mask =
      given.length === 0
        ? new Uint8Array(0)
        : proposal(
            scan,
            marksOf(given.map(promptOf), geometry),
            within === undefined ? undefined : boxBetween(geometry, pointLPS(...within.from), pointLPS(...within.to)),
          );
    const { runs, voxels } = runsOf(mask);
    const delta = paintedDelta(new Uint8Array(mask.length), runs, 1);
    return {
      state: 'answered',
      voxels,
      milliseconds: performance.now() - began,
      delta: Buffer.from(encodeDelta(delta)).toString('base64'),
    };
  });
};

function keptOf(workspace: Workspace): Kept<PromptScan> {
  const known = scans.get(workspace) ?? new Kept<PromptScan>(MOST_BYTES);
  scans.set(workspace, known);
  return known;
}

function promptOf(document: PromptDocument): Prompt {
  switch (document.kind) {
    case 'point':
      return { ...document, point: pointLPS(...document.point) };
    case 'scribble':
      return { ...document, points: document.points.map((point) => pointLPS(...point)) };
    case 'box':
      return { ...document, from: pointLPS(...document.from), to: pointLPS(...document.to) };
  }
}

function runsOf(mask: Uint8Array): { readonly runs: [start: number, length: number][]; readonly voxels: number } {
  const runs: [number, number][] = [];
  let voxels = 0;
  for (let start = mask.indexOf(1); start !== -1;) {
    const found = mask.indexOf(0, start);
    const end = found === -1 ? mask.length : found;
    runs.push([start, end - start]);
    voxels += end - start;
    start = mask.indexOf(1, end);
  }
  return { runs, voxels };
}
