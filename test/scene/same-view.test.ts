import { describe, expect, it } from 'vitest';
import { pointLPS } from '../../core/imaging/index.ts';
import { sameView } from '../../renderer/scene/same-view.ts';

describe('two cameras see the same', () => {
  const axial = { right: [1, 0, 0], up: [0, -1, 0] } as const;
  const here = { centre: pointLPS(10, 20, 30), millimetresPerPixel: 0.5 };

  it('whichever slice they are in', () => {
    expect(sameView(axial, here, { ...here, centre: pointLPS(10, 20, -80) })).toBe(true);
    expect(sameView({ right: [0, 1, 0], up: [0, 0, 1] }, here, { ...here, centre: pointLPS(10, 20, -80) })).toBe(false);
  });

  it('but not beside one another, nor at another zoom', () => {
    expect(sameView(axial, here, { ...here, centre: pointLPS(11, 20, 30) })).toBe(false);
    expect(sameView(axial, here, { ...here, centre: pointLPS(10, 19, 30) })).toBe(false);
    expect(sameView(axial, here, { ...here, millimetresPerPixel: 0.6 })).toBe(false);
  });
});
