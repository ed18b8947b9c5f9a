import { describe, expect, it } from 'vitest';
import { decoderSettings, decoderSpecs } from '../../core/model/decoder.ts';
import { glMaeSpecs } from '../../core/model/gl-mae.ts';
import { methodSettings } from '../../core/model/method-settings.ts';
import { headSettings, headSpecs } from '../../core/model/projection-head.ts';
import { parameterCount } from '../../core/model/parameters.ts';
import { visibleCount } from '../../core/model/views.ts';
import { classToken, vitSettings, vitSpecs } from '../../core/model/vit.ts';

/** Weights and biases of L blocks of width d with an MLP of m, as section 5.1 of the method draws them. */
const blocks = (l: number, d: number, m: number): number => l * (3 * d * d + 3 * d + (d * d + d) + (2 * d * m + m + d) + 4 * d);

describe('sizes of the networks (method 5)', () => {
  it.each([
    ['ViT-T', 192, 3, 6.13],
    ['ViT-S', 384, 6, 22.87],
    ['ViT-B', 768, 12, 88.2],
  ])('%s', (_name, width, heads, millions) => {
    const s = vitSettings.parse({ width, heads });
    const count = parameterCount([...vitSpecs(s), classToken(s)]);
    expect(count).toBe(4096 * width + width + blocks(12, width, 4 * width) + 2 * width + width);
    expect(count / 1e6).toBeCloseTo(millions, 2);
  });

  it.each([
    [192, 34.4],
    [768, 34.7],
  ])('the decoder of the paper, behind an encoder of width %i', (width, millions) => {
    const s = decoderSettings.parse({ width: 576, depth: 8, heads: 16 });
    const count = parameterCount(decoderSpecs(s, vitSettings.parse({ width, heads: width / 64 })));
    expect(count).toBe(width * 576 + 576 + 576 + blocks(8, 576, 2304) + 2 * 576 + (576 * 4096 + 4096));
    expect(count / 1e6).toBeCloseTo(millions, 1);
  });

  it('the head is d → 2048 → 2048 → 512', () => {
    const count = parameterCount(headSpecs(headSettings.parse({}), 192));
    expect(count).toBe(192 * 2048 + 2048 + 2048 * 2048 + 2048 + 2048 * 512 + 512);
  });

  it('the teacher has encoder and head, no decoder; without consistency there is neither teacher nor head', () => {
    const { student, teacher } = glMaeSpecs(methodSettings.parse({}));
    expect(student.map((s) => s.name).filter((name) => !name.startsWith('decoder.'))).toEqual(teacher.map((s) => s.name));
    const plain = glMaeSpecs(methodSettings.parse({ beta: 0 }));
    expect(plain.teacher).toEqual([]);
    expect(plain.student.filter(({ name }) => name.startsWith('head.'))).toEqual([]);
  });
});

describe('visible patches (method 2.1)', () => {
  it.each([
    [1000, 0.75, 250],
    [216, 0.75, 54],
    [216, 0.6, 86],
    [1000, 0.9, 100],
    [1000, 0.8, 200],
    [10, 0.7, 3],
    [2, 0.75, 1],
  ])('floor(%i (1 − %f)), at least one: %i', (patches, ratio, visible) => {
    expect(visibleCount(patches, ratio)).toBe(visible);
  });
});
