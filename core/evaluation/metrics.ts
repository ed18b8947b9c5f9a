/** The four scores, in the order in which tables show them. */
export const metrics = [
  { key: 'dice', title: 'Dice', short: 'Dice', unit: '', better: 'higher', digits: 3 },
  { key: 'hd95', title: 'HD95', short: 'HD95', unit: 'mm', better: 'lower', digits: 2 },
  { key: 'surfaceDice', title: 'Surface Dice', short: 'Surface Dice', unit: '', better: 'higher', digits: 3 },
  { key: 'meanSurfaceDistance', title: 'Mean surface distance', short: 'MSD', unit: 'mm', better: 'lower', digits: 2 },
] as const;

export type Metric = (typeof metrics)[number];
export type MetricKey = Metric['key'];

/** One value for each metric. */
export function eachMetric<T>(make: (key: MetricKey) => T): Record<MetricKey, T> {
  return { dice: make('dice'), hd95: make('hd95'), surfaceDice: make('surfaceDice'), meanSurfaceDistance: make('meanSurfaceDistance') };
}

/** Documents hold null where arithmetic has NaN or Infinity, which JSON cannot carry. */
export const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
export const orNaN = (value: number | null | undefined): number => value ?? NaN;
