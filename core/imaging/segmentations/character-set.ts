import { text, type DataSet } from '../dicom/data-set.ts';

/** DICOM's names of character sets (PS3.3 C.12.1.1.2), with and without code extensions, as the names of the Encoding Standard. */
const ENCODINGS: Readonly<Record<string, string>> = {
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'iso-8859-9',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
  'ISO_IR 149': 'euc-kr',
  'ISO_IR 58': 'gb2312',
  'ISO_IR 87': 'iso-2022-jp',
  'ISO_IR 159': 'iso-2022-jp',
};

/**
 * A text of a data set, whatever character set it is stored in, to be written again as UTF-8. Characters that cannot be told are
 * replaced, never dropped.
 */
export function decodedText(dataSet: DataSet, tag: string): string {
  const stored = text(dataSet, tag);
  if (/^[\x20-\x7e]*$/.test(stored)) return stored;
  const bytes = Buffer.from(stored, 'latin1');
  const sets = text(dataSet, 'x00080005')
    .split('\\')
    .map((name) => name.trim().replace(/^ISO 2022 IR /, 'ISO_IR '));
  return decode(bytes, sets).trim();
}

function decode(bytes: Buffer, sets: readonly string[]): string {
  if (bytes.includes(0x1b) && (sets.includes('ISO_IR 87') || sets.includes('ISO_IR 159'))) return decodeJapanese(bytes.toString('latin1'));
  // The other sets are switched to by escape sequences of three or four bytes, and after them stand for themselves in the upper half.
  const plain = Buffer.from(bytes.toString('latin1').replace(ESCAPES, ''), 'latin1');
  const chosen = sets.findLast((name) => ENCODINGS[name] !== undefined);
  return new TextDecoder(ENCODINGS[chosen ?? ''] ?? 'iso-8859-1').decode(plain);
}

const ESCAPES = /\x1b[$(),\-.]+[0-9A-Za-z]/g;

/** Kanji in seven bits between escapes; Latin letters and half-width katakana in eight bits, as Shift JIS has them too. */
function decodeJapanese(stored: string): string {
  const parts = stored.split(/(\x1b[$(),\-.]+[0-9A-Za-z])/);
  let kanji = '';
  let result = '';
  for (const part of parts) {
    if (part.startsWith('\x1b')) kanji = part.startsWith('\x1b$') ? part : '';
    else if (kanji === '') result += new TextDecoder('shift_jis').decode(Buffer.from(part, 'latin1'));
    else result += new TextDecoder('iso-2022-jp').decode(Buffer.from(kanji + part, 'latin1'));
  }
  return result;
}
