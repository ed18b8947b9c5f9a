import type { PreparedScan } from '../../imaging/index.ts';
import type { MethodSettings } from '../../model/method-settings.ts';
import type { Parameters } from '../../model/parameters.ts';
import { reconstruct } from '../reconstruct.ts';

/** One mask may happen to hide what is hard. */
const MASKS = 2;
const SEED = 1;

/**
 * How badly a pre-trained network paints the hidden patches of a scan: the mean squared error over a few masks, the same for every scan.
 * Scans unlike those that it learned from come out high, broken ones too.
 * @throws TesseraError as `maskedView`
 */
export async function paintingError(
  scan: PreparedScan,
  parameters: Parameters,
  settings: MethodSettings,
  breathe: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  let sum = 0;
  for (let mask = 0; mask < MASKS; mask++) {
    const { numbers } = await reconstruct(scan, parameters, settings, { maskRatio: settings.maskRatio, seed: SEED + mask });
    sum += numbers.mse / MASKS;
    await breathe();
  }
  return sum;
}
