import type { PointLPS, SliceView, VolumeImage } from '../../scene/index.ts';
import { axisTowards, stepAlong } from '../../state/steps.ts';

const SLICES: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
const ASIDE: Readonly<Record<string, readonly ['right' | 'up', 1 | -1]>> = {
  ArrowRight: ['right', 1],
  ArrowLeft: ['right', -1],
  ArrowUp: ['up', 1],
  ArrowDown: ['up', -1],
};

/**
 * What a key means in a slice that has the focus: so many slices on (towards superior, posterior or left), or the crosshair at another
 * point. Undefined where it means nothing here.
 */
export function sliceKey(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
  view: SliceView,
  volume: VolumeImage,
  point: PointLPS,
): { readonly slices: number } | { readonly point: PointLPS } | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (!event.shiftKey) {
    const slices = SLICES[event.key];
    return slices === undefined ? undefined : { slices };
  }
  const aside = ASIDE[event.key];
  if (!aside) return undefined;
  const { axis, sign } = axisTowards(volume.geometry, view.directions[aside[0]]);
  return { point: stepAlong(volume.geometry, point, axis, sign * aside[1]) };
}
