import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cielab, fromCielab } from '../../../core/imaging/segmentations/cielab.ts';

it('a colour comes back from CIELab as it was', () => {
  const channel = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.tuple(channel, channel, channel), (rgb) => {
      expect(fromCielab(cielab(rgb))).toEqual(rgb);
    }),
  );
});

it('has the ends of DICOM: white is L* 100, black 0', () => {
  expect(fromCielab([65535, 32896, 32896])).toEqual([255, 255, 255]);
  expect(fromCielab([0, 32896, 32896])).toEqual([0, 0, 0]);
});
