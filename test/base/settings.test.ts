import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { isTesseraError, type TesseraError } from '../../core/base/errors.ts';
import { editDistance, nearestNames } from '../../core/base/nearest-names.ts';
import { applySettings, listSettings, overlaySettings } from '../../core/base/settings.ts';
import { finetuneSettings, pretrainSettings } from '../../core/learning/index.ts';

function errorOf(work: () => unknown): TesseraError {
  try {
    work();
  } catch (error) {
    if (isTesseraError(error)) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

describe('listSettings', () => {
  const settings = listSettings(pretrainSettings);
  const find = (path: string) => settings.find((s) => s.path === path);

  it('lists every leaf with its range, default, unit and description', () => {
    expect(find('encoder.width')).toEqual({
      path: 'encoder.width',
      name: 'width',
      range: 'whole number from 1 up to 4096',
      default: '192',
      unit: undefined,
      description: 'Width d of the encoder: 192 ViT-T, 384 ViT-S, 768 ViT-B.',
      control: { kind: 'number', whole: true, maximum: 4096 },
    });
    expect(find('globalSize')).toMatchObject({ default: '160,160,160', unit: 'voxels' });
    expect(find('preparation.intensity')).toMatchObject({ range: 'window:low,high, zscore or percentile:low,high', default: 'zscore' });
    expect(find('preparation.spacing')).toMatchObject({ default: 'null', unit: 'mm' });
    expect(find('antiCollapse')?.range).toBe('none, centre, sinkhorn or standardise');
    expect(find('learningRate')?.range).toBe('number above 0 up to 1');
  });

  it('gives the default of the schema that is asked, not of the one it was built from', () => {
    expect(listSettings(finetuneSettings).find((s) => s.path === 'learningRate')?.default).toBe('3e-4');
    expect(find('learningRate')?.default).toBe('0.001');
  });

  it('describes every setting of both kinds of training', () => {
    for (const setting of [...settings, ...listSettings(finetuneSettings)]) expect(setting.description, setting.path).not.toBe('');
  });

  it('lists defaults that applySettings reads back as the defaults', () => {
    for (const schema of [pretrainSettings, finetuneSettings]) {
      const assignments = listSettings(schema).map(({ path, default: value }) => `${path}=${value}`);
      expect(applySettings(schema, {}, assignments)).toEqual(schema.parse({}));
    }
  });
});

describe('applySettings', () => {
  const pretraining = (...assignments: string[]) => applySettings(pretrainSettings, {}, assignments);

  it('takes a bare name as the first of that name, a dotted one as itself', () => {
    expect(pretraining('width=384').encoder.width).toBe(384);
    expect(pretraining('width=384').decoder.width).toBe(288);
    expect(pretraining('decoder.width=576').decoder.width).toBe(576);
    expect(pretraining('heads=6', 'decoder.heads=16')).toMatchObject({ encoder: { heads: 6 }, decoder: { heads: 16 } });
  });

  it.each([
    ['patch=8,16,16', [8, 16, 16]],
    ['patch=8x16x16', [8, 16, 16]],
    ['patch=8', [8, 8, 8]],
  ])('reads %s', (assignment, expected) => expect(pretraining(assignment).encoder.patch).toEqual(expected));

  it.each([
    ['intensity=window:-175,250', { kind: 'window', low: -175, high: 250 }],
    ['preparation.intensity=zscore', { kind: 'zscore' }],
    ['intensity=percentile:1,99', { kind: 'percentile', low: 1, high: 99 }],
    ['intensity=percentile', { kind: 'percentile', low: 0.5, high: 99.5 }],
  ])('reads %s', (assignment, expected) => expect(pretraining(assignment).preparation.intensity).toEqual(expected));

  it('reads numbers, booleans, choices and null', () => {
    const s = pretraining('learningRate=1e-4', 'foreground=false', 'antiCollapse=none', 'spacing=1.5', 'localScale=0.2,0.4');
    expect(s).toMatchObject({ learningRate: 1e-4, antiCollapse: 'none', localScale: [0.2, 0.4] });
    expect(s.preparation).toMatchObject({ foreground: false, spacing: [1.5, 1.5, 1.5] });
    expect(applySettings(pretrainSettings, { preparation: { spacing: [1, 1, 1] } }, ['spacing=null']).preparation.spacing).toBeNull();
  });

  it('lets the last of several win and keeps the rest of the base', () => {
    const s = applySettings(pretrainSettings, { encoder: { width: 384, depth: 6 }, batch: 4 }, ['width=96', 'width=48']);
    expect(s).toMatchObject({ encoder: { width: 48, depth: 6 }, batch: 4 });
  });

  it('names the three nearest settings for an unknown one', () => {
    const error = errorOf(() => pretraining('learnRate=1'));
    expect(error.code).toBe('bad-setting');
    expect(error.subject).toBe('learnRate');
    expect(error.advice).toMatch(/^The nearest names are learningRate, /);
    expect(error.advice?.split(',')).toHaveLength(3);
    expect(errorOf(() => pretraining('decoder.widht=3')).advice).toContain('decoder.width');
  });

  it.each([
    ['width=5000', 'encoder.width', '5000', 'whole number from 1 up to 4096'],
    ['width=12.5', 'encoder.width', '12.5', 'whole number from 1 up to 4096'],
    ['width=', 'encoder.width', 'empty', 'whole number'],
    ['maskRatio=0.99', 'maskRatio', '0.99', 'number from 0.1 up to 0.95'],
    ['foreground=maybe', 'preparation.foreground', 'maybe', 'true or false'],
    ['antiCollapse=center', 'antiCollapse', 'center', 'none, centre, sinkhorn or standardise'],
    ['patch=8,8', 'encoder.patch', '8,8', '3 numbers a,b,c, each a whole number from 1'],
    ['patch=0', 'encoder.patch', '0,0,0', 'whole number from 1'],
    ['intensity=windo:1,2', 'preparation.intensity', 'windo:1,2', 'window:low,high, zscore or percentile:low,high'],
    ['intensity=window', 'preparation.intensity', 'window', 'window:low,high'],
    ['intensity=window:1', 'preparation.intensity', 'window:1', 'window:low,high'],
    ['learningRate=Infinity', 'learningRate', 'Infinity', 'number above 0 up to 1'],
  ])('refuses %s with the range', (assignment, subject, value, range) => {
    const error = errorOf(() => pretraining(assignment));
    expect(error).toMatchObject({ code: 'bad-setting', subject });
    expect(error.message).toContain(value);
    expect(error.advice).toContain(range);
  });

  it('says what is wrong between two numbers', () => {
    expect(errorOf(() => pretraining('intensity=window:250,-175')).message).toContain('low must be below high');
  });

  it.each(['width', '=3', ''])('refuses %j, which is no name=value', (assignment) => {
    expect(errorOf(() => pretraining(assignment)).code).toBe('bad-setting');
  });
});

describe('overlaySettings', () => {
  it('merges groups and takes leaves whole', () => {
    const base = { encoder: { width: 96 }, preparation: { intensity: { kind: 'window', low: 0, high: 1 } } };
    expect(overlaySettings(pretrainSettings, base, { encoder: { depth: 3 }, preparation: { intensity: { kind: 'zscore' } } }, 'x')).toEqual(
      {
        encoder: { width: 96, depth: 3 },
        preparation: { intensity: { kind: 'zscore' } },
      },
    );
  });

  it('refuses names that the schema does not have', () => {
    const error = errorOf(() => overlaySettings(pretrainSettings, {}, { encoder: { widht: 3 } }, 'recipe mine'));
    expect(error).toMatchObject({ code: 'bad-setting', subject: 'recipe mine' });
    expect(error.advice).toContain('encoder.width');
  });
});

describe('nearestNames', () => {
  it('counts insertions, deletions and replacements', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('same', 'same')).toBe(0);
  });

  it('orders by distance and looks at the last part of dotted names', () => {
    expect(nearestNames('widht', ['beta', 'encoder.width', 'depth', 'decoder.width'], 2)).toEqual(['encoder.width', 'decoder.width']);
  });
});

describe('a schema of its own', () => {
  it('keeps working with optional leaves', () => {
    const schema = z.object({
      a: z.number().min(0).default(1).meta({ description: 'A.' }),
      b: z.object({ c: z.boolean().default(false) }).prefault({}),
    });
    expect(listSettings(schema).map((s) => s.path)).toEqual(['a', 'b.c']);
    expect(applySettings(schema, {}, ['c=true'])).toEqual({ a: 1, b: { c: true } });
  });
});

describe('settings of less usual kinds', () => {
  const schema = z.object({
    network: z.literal('unetr').default('unetr'),
    maybe: z.boolean().nullable().default(null),
    regions: z
      .record(z.string(), z.array(z.number().int().min(1).max(255)).min(1))
      .nullable()
      .default(null),
  });

  it('are a boolean that may be null, and names with numbers; a constant is nothing to set', () => {
    expect(listSettings(schema).map(({ path, default: value, range }) => [path, value, range])).toEqual([
      ['maybe', 'null', 'true or false; or null'],
      ['regions', 'null', 'name=a+b,other=c, each number a whole number from 1 up to 255; or null'],
    ]);
    expect(() => applySettings(schema, {}, ['network=unetr'])).toThrow(
      expect.objectContaining({ code: 'bad-setting', subject: 'network' }),
    );
  });

  it('read what they write', () => {
    const settings = applySettings(schema, {}, ['maybe=true', 'regions=whole tumour=1+2+3, core = 2+3,enhancing=3']);
    expect(settings).toMatchObject({ maybe: true, regions: { 'whole tumour': [1, 2, 3], core: [2, 3], enhancing: [3] } });
    expect(applySettings(schema, settings, ['maybe=null', 'regions=null'])).toMatchObject({ maybe: null, regions: null });
    expect(applySettings(schema, settings, ['regions=other=7'])).toMatchObject({ regions: { other: [7] } });
  });

  it.each(['regions=', 'regions=a', 'regions=a=', 'regions=a=1,a=2', 'regions=a=1=2', 'regions=a=x', 'regions=a=300', 'maybe=1'])(
    'refuse %s',
    (assignment) => {
      expect(() => applySettings(schema, {}, [assignment])).toThrow(expect.objectContaining({ code: 'bad-setting' }));
    },
  );
});
