import { findCases } from '../../imaging/index.ts';
import { rowsText } from './rows.ts';

const layouts = {
  pairs: 'images/ and labels/',
  decathlon: 'imagesTr/ and labelsTr/',
  tree: 'a folder tree of scans',
} as const;

export async function datasetInfo(path: string): Promise<{ document: object; text: string }> {
  const dataset = await findCases(path);
  const { cases, labelNames, channelNames, problems } = dataset;
  const labelled = cases.filter((c) => c.label !== undefined).length;
  const channels = [...new Set(cases.map((c) => c.images.length))].sort((a, b) => a - b);
  const named = (names: Readonly<Record<number, string>>): string =>
    Object.entries(names)
      .map(([value, name]) => `${value} ${name}`)
      .join(', ');
  const rows: (readonly [string, string])[] = [
    ['data', path],
    ['layout', layouts[dataset.layout]],
    ['scans', `${cases.length}, ${labelled} with labels`],
    ['channels', channels.join(' or ') + (named(channelNames) === '' ? '' : ` (${named(channelNames)})`)],
    ['labels', named(labelNames) === '' ? 'not named' : named(labelNames)],
    ...problems.map(({ file, message }) => ['problem', `${file}: ${message}`] as const),
  ];
  return { document: { kind: 'dataset', ...dataset, labelled }, text: rowsText(rows) };
}
