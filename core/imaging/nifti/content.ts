const SIGNATURES: readonly { readonly at: number; readonly bytes: readonly number[]; readonly name: string }[] = [
  { at: 0, bytes: [0xff, 0xd8, 0xff], name: 'it is a JPEG picture' },
  { at: 0, bytes: [0x89, 0x50, 0x4e, 0x47], name: 'it is a PNG picture' },
  { at: 0, bytes: [0x25, 0x50, 0x44, 0x46], name: 'it is a PDF document' },
  { at: 0, bytes: [0x50, 0x4b, 0x03, 0x04], name: 'it is a ZIP archive' },
  { at: 0, bytes: [0x4e, 0x52, 0x52, 0x44], name: 'it is an NRRD file' },
  { at: 0, bytes: [0x89, 0x48, 0x44, 0x46], name: 'it is an HDF5 file' },
  { at: 128, bytes: [0x44, 0x49, 0x43, 0x4d], name: 'it is a DICOM file' },
];

/** What a file that is no NIfTI seems to be, from its first bytes, as the end of a sentence; undefined when that cannot be said. */
export function describeContent(start: Uint8Array): string | undefined {
  const known = SIGNATURES.find(({ at, bytes }) => bytes.every((byte, i) => start[at + i] === byte));
  if (known !== undefined) return known.name;
  const printable = start.every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13);
  return printable ? 'it is a text file' : undefined;
}
