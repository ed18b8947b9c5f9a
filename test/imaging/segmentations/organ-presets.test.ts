import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { organPreset, presetNames, segmentByName } from '../../../core/imaging/organ-presets/presets.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';

const all = presetNames.flatMap((name) => organPreset(name)?.segments.map((segment) => ({ preset: name, ...segment })) ?? []);

/** 'Left', 'Right' or '' as the codes say. */
const side = (segment: (typeof all)[number]): string =>
  [...segment.modifiers, ...(segment.regionModifiers ?? [])]
    .map(({ value }) => ({ '7771000': 'left', '24028007': 'right' })[value] ?? '')
    .join('');

describe('organ presets', () => {
  it('have 13, 117, 2 and 4, 3, 3 segments with distinct values and names', () => {
    expect(presetNames.map((name) => organPreset(name)?.segments.length)).toEqual([13, 117, 2, 4, 3, 3]);
    for (const name of presetNames) {
      const segments = organPreset(name)?.segments ?? [];
      expect(new Set(segments.map(({ value }) => value)).size).toBe(segments.length);
      expect(new Set(segments.map((segment) => segment.name)).size).toBe(segments.length);
    }
  });

  it('say left in the codes exactly where the name says left, and right where it says right', () => {
    // These concepts are sided by themselves.
    const sidedByThemselves = new Set(['lung_middle_lobe_right']);
    for (const segment of all) {
      const named = /left/.test(segment.name) ? 'left' : /right/.test(segment.name) ? 'right' : '';
      if (!sidedByThemselves.has(segment.name)) expect(side(segment), `${segment.preset} ${segment.name}`).toBe(named);
    }
    expect(all.filter((segment) => side(segment) === 'left')).toHaveLength(35);
    expect(all.filter((segment) => side(segment) === 'right')).toHaveLength(34);
  });

  it('give the two of a pair one concept, and different structures different concepts', () => {
    const total = organPreset('totalsegmentator')?.segments ?? [];
    const other = (name: string): string => name.replace('left', 'right');
    for (const segment of total.filter(({ name }) => name.includes('left') && name !== 'atrial_appendage_left')) {
      const right = total.find(({ name }) => name === other(segment.name));
      expect(right?.type, segment.name).toEqual(segment.type);
      expect(right?.region, segment.name).toEqual(segment.region);
    }
    const key = (s: (typeof total)[number]): string => JSON.stringify([s.type.value, s.region?.value, s.modifiers, s.regionModifiers]);
    expect(new Set(total.map(key)).size).toBe(117);
  });

  it('have SNOMED CT identifiers with a right check digit', () => {
    for (const { type, category, modifiers, region, regionModifiers = [] } of all)
      for (const code of [type, category, ...modifiers, ...regionModifiers, ...(region === undefined ? [] : [region])])
        if (code.scheme === 'SCT') expect(isSnomedId(code.value), `${code.value} ${code.meaning}`).toBe(true);
        else expect(code).toMatchObject({ scheme: 'NCIt', value: expect.stringMatching(/^C\d+$/) as string });
  });

  it('BTCV: the right kidney is 2, the left one 3; the right adrenal gland 12, the left one 13', () => {
    const segments = organPreset('btcv')?.segments ?? [];
    const brief = segments.map(({ value, type, modifiers }) => `${value} ${[...modifiers.map((m) => m.meaning), type.meaning].join(' ')}`);
    expect(brief).toEqual([
      '1 Spleen',
      '2 Right Kidney',
      '3 Left Kidney',
      '4 Gallbladder',
      '5 Esophagus',
      '6 Liver',
      '7 Stomach',
      '8 Aorta',
      '9 Inferior vena cava',
      '10 Portal vein and splenic vein',
      '11 Pancreas',
      '12 Right Adrenal gland',
      '13 Left Adrenal gland',
    ]);
  });

  it.each([
    ['Kidney_R', '64033007', 'Right'],
    ['right kidney', '64033007', 'Right'],
    ['LeftKidney', '64033007', 'Left'],
    ['Lung L', '39607008', 'Left'],
    ['Oesophagus', '32849002', undefined],
    ['IVC', '64131007', undefined],
    ['Spinal cord', '2748008', undefined],
    ['rib_left_7', '24915002', 'Left'],
  ])('the name %s alone tells the concept and the side', (name, code, modifier) => {
    const found = segmentByName(5, name);
    expect(found).toMatchObject({ value: 5, name });
    expect(found?.type.value).toBe(code);
    expect(found?.modifiers[0]?.meaning).toBe(modifier);
  });

  it('does not guess: GTV-1, label 3, kidneystone, left', () => {
    for (const name of ['GTV-1', 'label 3', 'kidneystone', 'left', '']) expect(segmentByName(1, name)).toBeUndefined();
  });
});

/** Verhoeff's check digit, which every SNOMED CT identifier ends with. */
function isSnomedId(id: string): boolean {
  const d = (a: number, b: number): number => {
    if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5;
    return b < 5 ? ((a - b + 10) % 5) + 5 : (a - b + 10) % 5;
  };
  const p = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  let check = 0;
  [...id].reverse().forEach((digit, i) => {
    let value = Number(digit);
    for (let n = 0; n < i % 8; n++) value = p[value] ?? 0;
    check = d(check, value);
  });
  return check === 0;
}

describeWithSharedData('TotalSegmentator’s own output', ['ct_totalsegmentator/abdomen_ct/labels_total.json'], () => {
  it('has the names and values of the preset', () => {
    const path = sharedData('ct_totalsegmentator/abdomen_ct/labels_total.json') ?? '';
    const published = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, { readonly name: string }>>;
    const own = new Map(organPreset('totalsegmentator')?.segments.map(({ value, name }) => [value, name]));
    const occurring = Object.entries(published).filter(([value]) => value !== '0');
    expect(occurring.length).toBe(61);
    for (const [value, { name }] of occurring) expect(own.get(Number(value))).toBe(name);
  });
});
