import { describe, expect, it } from 'vitest';
import { keepLargestIsland, Stroke, ToolRefusal, type Refusal } from '../../core/labelling/index.ts';
import { messagesOf } from '../../renderer/messages/index.ts';
import { refusalText } from '../../renderer/state/refusal-text.ts';
import { errorOf, reasonOf } from '../../renderer/workers/labelling/reason.ts';

const grid = { dims: [3, 1, 1], spacing: [1, 1, 1] } as const;
const said = (refusal: Refusal, language: 'en' | 'de'): string =>
  refusalText(refusal, messagesOf(language).labelling.refusals, (value) => `Niere ${value}`);

describe('why a tool cannot act', () => {
  it('is told in the language of the page, with the name of the segment', () => {
    const refusal: Refusal = { code: 'noVoxels', value: 4 };
    expect(said(refusal, 'en')).toBe('Niere 4 has no voxels yet. Draw it first.');
    expect(said(refusal, 'de')).toBe('Niere 4 hat noch keine Voxel. Zeichnen Sie es zuerst.');
    expect(said({ code: 'allLocked' }, 'de')).toContain('gesperrt');
  });

  it('names all that stood in the way of a stroke', () => {
    const rules = {
      value: 1,
      over: [0],
      locked: new Set([2]),
      within: { values: { voxels: Int16Array.of(5, 5, 5), slope: 1, intercept: 0 }, range: [7, 9] },
    } as const;
    const stroke = new Stroke(Uint8Array.of(2, 3, 0), grid, rules, { shape: 'sphere', radius: 9 });
    stroke.to([1, 0, 0]);
    const why = stroke.whyNothing();
    if (why === undefined) throw new Error('something was painted');
    expect(said(why, 'de')).toContain(
      'gehören zu gesperrten Segmenten oder gehören zu dem, was nicht übermalt werden darf oder haben Werte außerhalb von 7 bis 9',
    );
  });

  it('travels from a worker', () => {
    try {
      keepLargestIsland(new Uint8Array(3), grid, { value: 2, over: 'everything', locked: new Set() });
      throw new Error('an island of nothing was kept');
    } catch (error) {
      const there = errorOf(structuredClone(reasonOf(error)));
      expect(there).toBeInstanceOf(ToolRefusal);
      expect(there).toMatchObject({ code: 'bad-labels', refusal: { code: 'noVoxels', value: 2 } });
    }
    expect(errorOf(structuredClone(reasonOf(new Error('out of memory')))).message).toBe('out of memory');
  });
});
