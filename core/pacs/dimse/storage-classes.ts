const STORAGE = '1.2.840.10008.5.1.4.1.1';

/** Whether a SOP class is one of objects that are stored (PS3.4 annex B). */
export const isStorageClass = (uid: string): boolean => uid.startsWith(`${STORAGE}.`);

const compressed = ['5', '4.50', '4.51', '4.57', '4.70', '4.80', '4.81', '4.90', '4.91', '4.201', '4.202', '4.203'].map(
  (end) => `1.2.840.10008.1.2.${end}`,
);

/** Pictures that come compressed at times: CT and MR, plain and enhanced, and PET. */
const pictures = ['2', '2.1', '4', '4.1', '128'];

const others = [
  ...[
    '2.2',
    '4.2',
    '4.3',
    '4.4',
    '128.1',
    '130',
    '20',
    '30',
    '1',
    '1.1',
    '1.3',
    '6.1',
    '3.1',
    '12.1',
    '7',
    '7.1',
    '7.2',
    '7.3',
    '7.4',
    '77.1.6',
  ],
  // Segmentations, surfaces, parametric maps, tracts, registrations, fiducials, mappings of values, presentation states, raw data.
  ...['66.4', '66.7', '66.5', '30.1', '66.6', '66.1', '66.3', '66.2', '67', '11.1', '66'],
  // Radiotherapy: image, dose, structures, plan.
  ...['481.1', '481.2', '481.3', '481.5'],
  // Structured reports, key objects, dose reports, documents.
  ...['88.11', '88.22', '88.33', '88.34', '88.59', '88.67', '104.1'],
];

/** What is offered to a PACS that sends files over C-GET: a SOP class with transfer syntaxes, of which it takes one. At most 128 fit. */
export function retrievable(): readonly { readonly sopClass: string; readonly transferSyntaxes: readonly string[] }[] {
  const plain = ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2'];
  return [
    ...[...pictures, ...others].map((end) => ({ sopClass: `${STORAGE}.${end}`, transferSyntaxes: plain })),
    // One at a time, so that each file can come as it is.
    ...pictures.flatMap((end) => compressed.map((syntax) => ({ sopClass: `${STORAGE}.${end}`, transferSyntaxes: [syntax] }))),
  ];
}
