import { isPlainRefusal, type Refusal } from '../../core/labelling/index.ts';
import type { Messages } from '../messages/index.ts';

/** Why a tool cannot act, and what to do about it. @param nameOf the name of a segment */
export function refusalText(refusal: Refusal, words: Messages['labelling']['refusals'], nameOf: (value: number) => string): string {
  if (isPlainRefusal(refusal)) return words[refusal.code];
  switch (refusal.code) {
    case 'nothingHere': {
      const { because, low, high } = refusal;
      const said = because.map((why) => (why === 'outOfRange' ? words.because.outOfRange(low, high) : words.because[why]));
      return words.nothingHere(said.join(words.or));
    }
    case 'numberTooLarge':
      return words.numberTooLarge(refusal.value, refusal.largest);
    case 'emptyRange':
      return words.emptyRange(refusal.low, refusal.high);
    case 'noVoxels':
    case 'noVoxelsInSlice':
      return words[refusal.code](nameOf(refusal.value));
    case 'regionTooLarge':
      return words.regionTooLarge(refusal.most);
    case 'wouldVanish':
    case 'badMillimetres':
      return words[refusal.code](refusal.mm);
    case 'badLimit':
      return words.badLimit(refusal.limit);
  }
}
