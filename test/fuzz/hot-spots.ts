const VRS = new Set(
  'AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV'
    .split(' ')
    .map((vr) => vr.charCodeAt(0) + 256 * vr.charCodeAt(1)),
);
const MOST = 20_000;

/** Where the elements of a DICOM file, or the entries of a zip archive, seem to begin: their lengths stand in the bytes after that. */
export function hotSpots(bytes: Buffer): readonly number[] {
  const spots: number[] = [];
  const end = Math.min(bytes.length - 8, 256 * 1024);
  for (let at = 0; at < end && spots.length < MOST; at++) {
    const word = bytes.readUInt16LE(at);
    const isElement = VRS.has(bytes.readUInt16LE(at + 4)) && word <= 0x7fe0 && at % 2 === 0;
    const isItem = word === 0xfffe;
    const isZipEntry = word === 0x4b50;
    if (isElement || isItem || isZipEntry) spots.push(at);
  }
  return spots;
}
