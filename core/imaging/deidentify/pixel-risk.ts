import { isSequence, type DicomElement } from './element.ts';
import { valuesOf } from './value.ts';

/**
 * Why the pixels themselves, which are never changed, may tell who a patient is. A `mosaic` is another matter: its slices lie in one picture,
 * and what tells them apart lay in private attributes.
 */
export type PixelRisk = 'burned-in-text' | 'overlay-in-pixels' | 'face' | 'report-text' | 'mosaic';

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
/** Modalities whose pictures carry names and dates as a rule. */
const WRITES_ON_PICTURES = new Set(['US', 'IVUS', 'ES', 'XC', 'GM', 'SM', 'OT', 'SC', 'HC', 'DOC', 'ECG', 'RF', 'XA', 'OP', 'SR']);
const COLOUR = new Set(['RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_ICT', 'YBR_RCT', 'YBR_PARTIAL_420', 'PALETTE COLOR']);
const HEAD = /HEAD|BRAIN|SKULL|FACE|ORBIT|SINUS|IAC|JAW|MAXILLA|MANDIBLE/i;
const REPORT = '1.2.840.10008.5.1.4.1.1.88.';

/** What a person should look at before an object is given away, from its elements before cleaning. */
export function pixelRisks(elements: readonly DicomElement[]): PixelRisk[] {
  const values = (tag: number): readonly string[] => {
    const element = elements.find((one) => one.tag === tag);
    return element === undefined || isSequence(element) ? [] : valuesOf(element);
  };
  const sopClass = values(0x00080016)[0] ?? '';
  const modality = values(0x00080060)[0] ?? '';
  const risks: PixelRisk[] = [];
  if (sopClass.startsWith(REPORT)) risks.push('report-text');
  else if (hasPixels(elements) && mayHoldText(values, sopClass, modality)) risks.push('burned-in-text');
  if (values(0x00080008).includes('MOSAIC')) risks.push('mosaic');
  if (hasOverlayInPixels(elements)) risks.push('overlay-in-pixels');
  if (
    /^(CT|MR|PT)$/.test(modality) &&
    (values(0x00280302)[0] === 'YES' || HEAD.test([...values(0x00180015), ...values(0x0008103e)].join(' ')))
  )
    risks.push('face');
  return risks;
}

function mayHoldText(values: (tag: number) => readonly string[], sopClass: string, modality: string): boolean {
  const imageType = values(0x00080008).join(' ');
  return (
    values(0x00280301)[0] === 'YES' ||
    sopClass === SECONDARY_CAPTURE ||
    sopClass.startsWith(`${SECONDARY_CAPTURE}.`) ||
    WRITES_ON_PICTURES.has(modality) ||
    values(0x00080064).some((conversion) => conversion !== '') ||
    COLOUR.has(values(0x00280004)[0] ?? '') ||
    /SCREEN|CAPTURE|DOSE|REPORT/i.test(imageType) ||
    /SCREEN ?SAVE|DOSE REPORT|PATIENT PROTOCOL/i.test(values(0x0008103e).join(' '))
  );
}

const hasPixels = (elements: readonly DicomElement[]): boolean => elements.some(({ tag }) => tag >>> 16 === 0x7fe0);

/** Old files keep overlays in unused high bits of the pixels, which cannot be told from the picture here. */
function hasOverlayInPixels(elements: readonly DicomElement[]): boolean {
  const has = (tag: number): boolean => elements.some((element) => element.tag === tag);
  return elements.some(({ tag }) => {
    const group = tag >>> 16;
    return group >= 0x6000 && group <= 0x601e && (tag & 0xffff) === 0x0010 && !has(group * 0x10000 + 0x3000);
  });
}
