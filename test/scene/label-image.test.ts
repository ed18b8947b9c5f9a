import { describe, expect, it } from 'vitest';
import { pointLPS } from '../../core/imaging/volume.ts';
import { LabelImage } from '../../renderer/scene/label-image.ts';

const geometry = {
  dims: [20, 15, 10],
  spacing: [1, 1, 1],
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
} as const;

describe('a label map of 16 bits', () => {
  it('is drawn in the numbers that stand for its values, also thousands of them and those that come later', () => {
    // Two thousand lesions; the last thousand voxels are empty.
    const stored = Uint16Array.from({ length: 3000 }, (_, at) => (at < 2000 ? at + 1 : 0));
    const labels = new LabelImage(geometry, stored);
    const agree = (): void => stored.forEach((value, at) => expect(labels.voxels[at]).toBe(labels.drawn(value)));
    labels.changed();
    agree();
    for (let value = 1; value < 256; value++) expect(labels.drawn(value)).toBe(value);
    expect(labels.drawn(1999)).toBeGreaterThan(0);

    stored.fill(3001, 2100, 2110);
    stored.fill(0, 2000 - 20, 2000);
    labels.changed({ box: { start: [0, 0, 6], size: [20, 15, 2] } });
    agree();
  });
});
