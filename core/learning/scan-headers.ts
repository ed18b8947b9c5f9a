import { isTesseraError } from '../base/errors.ts';
import { checkScanHeader, type DatasetCase, type Triple } from '../imaging/index.ts';

/**
 * Looks at the headers of all scans before a run begins; one that is damaged further on is met when its turn comes.
 * @param skipDamaged leave out those that cannot be read instead of stopping
 * @returns the grid of each case whose header tells it
 * @throws TesseraError naming the first file that cannot be used
 */
export async function checkHeaders(cases: readonly DatasetCase[], skipDamaged: boolean): Promise<Triple[]> {
  const grids: Triple[] = [];
  for (const { images } of cases) {
    try {
      const found = [];
      for (const path of images) found.push(await checkScanHeader(path));
      if (found[0] !== undefined) grids.push(found[0]);
    } catch (error) {
      if (!skipDamaged || !isTesseraError(error)) throw error;
    }
  }
  return grids;
}
