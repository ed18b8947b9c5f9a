import type { Messages } from '../../messages/index.ts';
import { formatNumber, formatValue } from '../../state/format.ts';
import type { MeasuredValue } from '../../state/measurement.ts';

/** The result of a measurement in one line. Values of a CT are in HU. */
export function measuredText(measured: MeasuredValue, messages: Messages, language: string, modality: string | undefined): string {
  if (measured.unit !== 'region') {
    if (Number.isNaN(measured.value)) return '';
    return `${formatNumber(measured.value, language, 1)}${measured.unit === 'mm' ? ' mm' : '°'}`;
  }
  const { statistics } = measured;
  if (statistics === undefined) return messages.measure.waits;
  const unit = modality === 'CT' ? ' HU' : '';
  return `${messages.measure.region(formatValue(round(statistics.mean), language), formatValue(round(statistics.sd), language))}${unit}`;
}

/** The spread of a region, for the list. */
export function rangeText(measured: MeasuredValue, messages: Messages, language: string): string {
  if (measured.unit !== 'region' || !measured.statistics) return '';
  const { min, max, area } = measured.statistics;
  return messages.measure.range(formatValue(min, language), formatValue(max, language), formatNumber(area, language, area < 10 ? 1 : 0));
}

function round(value: number): number {
  return Math.abs(value) < 100 ? Math.round(value * 10) / 10 : Math.round(value);
}
