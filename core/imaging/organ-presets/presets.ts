import { sct, type Code, type SegmentDescription } from '../segmentations/codes.ts';
import type { StructureRow } from './structure-row.ts';
import { totalSegmentator } from './totalsegmentator.ts';

/** A published set of labels. */
export interface OrganPreset {
  readonly name: string;
  readonly title: string;
  readonly segments: readonly SegmentDescription[];
}

// Concepts below: DICOM PS3.16, context groups 244 (laterality), 7140 (brain structures), 7150 (segmentation categories), 7168 and 7169
// (parts of brain lesions), 4031 (organs), as pydicom's concept dictionary lists them.
export const LEFT = sct('7771000', 'Left');
export const RIGHT = sct('24028007', 'Right');
const ANATOMY = sct('123037004', 'Anatomical Structure');
const ALTERED = sct('49755003', 'Morphologically Altered Structure');
const HIPPOCAMPUS = sct('5366008', 'Hippocampus');
const BRAIN = sct('12738006', 'Brain');

const sideOf = (side: 'L' | 'R' | ''): readonly Code[] => (side === 'L' ? [LEFT] : side === 'R' ? [RIGHT] : []);

function describeRow([name, code, meaning, side, colour, organ]: StructureRow, value: number): SegmentDescription {
  const common = { value, name, type: sct(code, meaning), colour };
  if (organ === undefined) return { ...common, category: ANATOMY, modifiers: sideOf(side) };
  return { ...common, category: ALTERED, modifiers: [], region: sct(...organ), regionModifiers: sideOf(side) };
}

/**
 * The 13 organs of "Beyond the Cranial Vault" (MICCAI 2015, synapse.org syn3193805) in the order of their values; the codes are those of
 * the same structures in TotalSegmentator.
 */
const btcvNames: readonly (readonly [name: string, structure: string])[] = [
  ['spleen', 'spleen'],
  ['right kidney', 'kidney_right'],
  ['left kidney', 'kidney_left'],
  ['gallbladder', 'gallbladder'],
  ['esophagus', 'esophagus'],
  ['liver', 'liver'],
  ['stomach', 'stomach'],
  ['aorta', 'aorta'],
  ['inferior vena cava', 'inferior_vena_cava'],
  ['portal vein and splenic vein', 'portal_vein_and_splenic_vein'],
  ['pancreas', 'pancreas'],
  ['right adrenal gland', 'adrenal_gland_right'],
  ['left adrenal gland', 'adrenal_gland_left'],
];

const btcv = btcvNames.flatMap(([name, structure], i) =>
  totalSegmentator.filter((row) => row[0] === structure).map((row) => ({ ...describeRow(row, i + 1), name })),
);

/** Medical Segmentation Decathlon, Task04 (dataset.json there). Its crops do not tell the side. */
const hippocampus: readonly SegmentDescription[] = [
  {
    value: 1,
    name: 'anterior hippocampus',
    category: ANATOMY,
    type: HIPPOCAMPUS,
    modifiers: [sct('255549009', 'Anterior')],
    colour: [220, 190, 60],
  },
  {
    value: 2,
    name: 'posterior hippocampus',
    category: ANATOMY,
    type: HIPPOCAMPUS,
    modifiers: [sct('255551008', 'Posterior')],
    colour: [60, 150, 220],
  },
];

const necrosis = { name: 'necrotic tumour core', type: sct('6574001', 'Necrosis'), colour: [150, 60, 60] } as const;
const edema = { name: 'peritumoral edema', type: sct('79654002', 'Edema'), colour: [90, 200, 120] } as const;
const nonEnhancing = {
  name: 'non-enhancing tumour',
  type: { value: 'C81175', scheme: 'NCIt', meaning: 'Non-Enhancing Lesion' },
  colour: [80, 120, 220],
} as const;
const enhancing = {
  name: 'enhancing tumour',
  type: { value: 'C113842', scheme: 'NCIt', meaning: 'Enhancing Lesion' },
  colour: [230, 200, 60],
} as const;

type TumourPart = Pick<SegmentDescription, 'name' | 'type' | 'colour'>;
const tumour = (parts: readonly (readonly [number, TumourPart])[]): SegmentDescription[] =>
  parts.map(([value, part]) => ({ ...part, value, category: ALTERED, modifiers: [], region: BRAIN }));

/** BraTS changed its values twice: with 2017 the non-enhancing tumour joined the necrosis, with 2023 the enhancing tumour became 3. */
const presets: readonly OrganPreset[] = [
  { name: 'btcv', title: 'BTCV: 13 abdominal organs', segments: btcv },
  {
    name: 'totalsegmentator',
    title: 'TotalSegmentator 2: 117 structures of CT',
    segments: totalSegmentator.map((row, i) => describeRow(row, i + 1)),
  },
  { name: 'hippocampus', title: 'Medical Segmentation Decathlon: hippocampus', segments: hippocampus },
  {
    name: 'brats-2015',
    title: 'BraTS 2012 to 2016: four parts of a glioma',
    segments: tumour([
      [1, necrosis],
      [2, edema],
      [3, nonEnhancing],
      [4, enhancing],
    ]),
  },
  {
    name: 'brats-2021',
    title: 'BraTS 2017 to 2021: three parts of a glioma (1, 2, 4)',
    segments: tumour([
      [1, necrosis],
      [2, edema],
      [4, enhancing],
    ]),
  },
  {
    name: 'brats-2023',
    title: 'BraTS since 2023: three parts of a glioma (1, 2, 3)',
    segments: tumour([
      [1, necrosis],
      [2, edema],
      [3, enhancing],
    ]),
  },
];

export const presetNames: readonly string[] = presets.map(({ name }) => name);

export function organPreset(name: string): OrganPreset | undefined {
  return presets.find((preset) => preset.name === name);
}

/** Structures that no preset lists but label names often mean. */
const others: readonly StructureRow[] = [
  ['lung_left', '39607008', 'Lung', 'L', [71, 232, 244]],
  ['lung_right', '39607008', 'Lung', 'R', [26, 144, 153]],
  ['lung', '39607008', 'Lung', '', [60, 190, 200]],
  ['kidney', '64033007', 'Kidney', '', [40, 120, 160]],
  ['adrenal_gland', '23451007', 'Adrenal gland', '', [210, 150, 30]],
  ['hippocampus', '5366008', 'Hippocampus', '', [220, 190, 60]],
  ['hippocampus_left', '5366008', 'Hippocampus', 'L', [220, 190, 60]],
  ['hippocampus_right', '5366008', 'Hippocampus', 'R', [190, 150, 40]],
];

/** Words that mean the same in label names. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  l: ['left'],
  lt: ['left'],
  r: ['right'],
  rt: ['right'],
  oesophagus: ['esophagus'],
  kidneys: ['kidney'],
  lungs: ['lung'],
  oedema: ['edema'],
  ivc: ['inferior', 'vena', 'cava'],
  postcava: ['inferior', 'vena', 'cava'],
  bladder: ['urinary', 'bladder'],
  spinalcord: ['spinal', 'cord'],
};

/** The words of a name, whatever parts them and in whichever order they stand: 'Kidney_R' and 'right kidney' are one. */
function wordsOf(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .flatMap((word) => SYNONYMS[word] ?? [word]);
  return [...new Set(words)].sort().join(' ');
}

const byWords = new Map<string, SegmentDescription>(
  [...others.map((row) => describeRow(row, 0)), ...presets.toReversed().flatMap(({ segments }) => segments)].map((segment) => [
    wordsOf(segment.name),
    segment,
  ]),
);

/** The description that a label's name alone tells, under that name; undefined when no structure is called so. */
export function segmentByName(value: number, name: string): SegmentDescription | undefined {
  const found = byWords.get(wordsOf(name));
  return found === undefined ? undefined : { ...found, value, name };
}
