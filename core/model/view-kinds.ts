import { cropSizeOf, type MethodSettings } from './method-settings.ts';
import type { AxisShares, ViewKind } from './views.ts';

/** The views that a step of pre-training takes of each scan, kind by kind. */
export function viewKinds(s: MethodSettings): ViewKind[] {
  return s.method === 'gl-mae' ? glMaeKinds(s) : cropKinds(s);
}

/** Crops of one size, as MAE and SimMIM take them (method 11.1). */
export function cropKinds(s: MethodSettings): ViewKind[] {
  return [{ name: 'crop', size: cropSizeOf(s), perScan: s.crops }];
}

/** Global views first: the teacher sees those. A kind of which no view is taken is left out (the ablations of one scale). */
export function glMaeKinds(s: MethodSettings): ViewKind[] {
  const oneFactor = s.scaleDraw === 'one-factor';
  const kinds: ViewKind[] = [
    {
      name: 'global',
      size: s.globalSize,
      perScan: s.globals,
      scale: { shares: sharesOf(s.globalScale, s.globalScaleByAxis), oneFactor },
    },
    { name: 'local', size: s.localSize, perScan: s.locals, scale: { shares: sharesOf(s.localScale, s.localScaleByAxis), oneFactor } },
  ];
  return kinds.filter((kind) => kind.perScan > 0);
}

function sharesOf(alike: MethodSettings['globalScale'], byAxis: MethodSettings['globalScaleByAxis']): AxisShares {
  if (byAxis === null) return [alike, alike, alike];
  const [low0, high0, low1, high1, low2, high2] = byAxis;
  return [
    [low0, high0],
    [low1, high1],
    [low2, high2],
  ];
}
