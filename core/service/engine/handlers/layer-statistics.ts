import { segmentStatistics } from '../../../imaging/segment-statistics.ts';
import type { EngineHandler } from '../context.ts';
import { tripleDocument } from './geometry-document.ts';

/** Volume, mean and spread of the scan's values, and centre of every segment of a layer. */
export const layerStatistics: EngineHandler<'layer-statistics'> = async ({ scan, layer }, { workspace }) => {
  const opened = await workspace.openLayer(scan, layer);
  try {
    const { labels } = opened.document;
    const names = new Map(labels.map(({ value, name }) => [value, name]));
    const volume = await workspace.readScan(scan);
    return segmentStatistics(volume, opened.labels, [...names.keys()])
      .sort((a, b) => a.value - b.value)
      .map(({ centre, ...numbers }) => ({
        ...numbers,
        name: names.get(numbers.value) ?? `label ${numbers.value}`,
        centre: centre === null ? null : tripleDocument(centre),
      }));
  } finally {
    await opened.close();
  }
};
