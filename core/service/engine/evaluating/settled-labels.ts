import { isTesseraError } from '../../../base/errors.ts';

const ATTEMPTS = 5;

/**
 * Tests on labels as they are, and anew when somebody drew on them meanwhile: scans whose labels stayed are not tested twice (`testModel`).
 * @param test chooses the labels and uses them
 * @throws TesseraError `conflict` when they do not come to rest, and what `test` throws
 */
export async function onSettledLabels<T>(test: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await test();
    } catch (error) {
      if (attempt === ATTEMPTS || !isTesseraError(error) || error.code !== 'conflict') throw error;
    }
  }
}
