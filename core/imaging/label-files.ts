import { basename, dirname, sep } from 'node:path';

/** Whole words of a path that mark a label map: pre-training must not learn from masks, and a mask is no scan of its own. */
const LABEL_WORD = /(^|[/_.\-\s])(labels?|labelmap|masks?|seg|segmentations?)(?=$|[/_.\-\s]|Tr|Ts)/i;

export const isLabelName = (name: string): boolean => LABEL_WORD.test(name);

/** The folders of data sets. In an unpacked archive the folders above them are part of their names. */
const FOLDER = /(^|[/_])(image|label)s?(Tr|Ts)?$/i;
/** nnU-Net's first channel. */
const FIRST_CHANNEL = /_0000$/;

/**
 * Pairs scans with label maps: the file of the same name in `labels`, `labelsTr` beside `images`, `imagesTr`.
 * @param files each with its path without ending
 * @returns path of a scan → path of its label map
 */
export function labelsByScan(files: readonly { readonly path: string; readonly stem: string }[]): Map<string, string> {
  const labels = new Map<string, string>();
  const scans: { readonly path: string; readonly key: string }[] = [];
  for (const { path, stem } of files) {
    const folder = dirname(stem).split(sep).join('/');
    const kind = FOLDER.exec(folder)?.[2]?.toLowerCase();
    const place = folder.replace(FOLDER, '$1*$3');
    if (kind === 'label') labels.set(`${place}/${basename(stem)}`, path);
    else if (kind === 'image') scans.push({ path, key: `${place}/${basename(stem).replace(FIRST_CHANNEL, '')}` });
  }
  return new Map(
    scans.flatMap(({ path, key }) => {
      const label = labels.get(key);
      return label === undefined ? [] : [[path, label] as const];
    }),
  );
}
