import { TesseraError } from '../../base/errors.ts';

const MOST_BYTES = 200;
const MOST_DEPTH = 24;
/** Names that Windows keeps for devices, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A relative name that came with an upload, as parts that can be put below a folder on any system.
 * @throws TesseraError `bad-setting` when it leads out of the folder, is empty or too long, or holds control characters
 */
export function safeNameParts(name: string): string[] {
  const parts = name.normalize('NFC').split(/[\\/]/);
  const bad =
    parts.length > MOST_DEPTH ||
    /^[A-Za-z]:/.test(name) ||
    parts.some((part) => part === '' || /^\.+$/.test(part) || hasControl(part) || Buffer.byteLength(part) > MOST_BYTES);
  if (bad) throw new TesseraError('bad-setting', 'is no usable file name.', { subject: 'name', advice: 'Rename the file and try again.' });
  return parts.map((part) => {
    const plain = part.replace(/[<>:"|?*]/g, '_').replace(/[. ]+$/, '_');
    return DEVICE.test(plain) ? `_${plain}` : plain;
  });
}

function hasControl(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000) || (code >= 0x202a && code <= 0x202e);
  });
}
