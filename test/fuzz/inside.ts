import { crc32, deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';
import { zip } from '../imaging/support/zip.ts';

/** Files whose content hides behind compression or checksums: a change on the outside would seldom get past those. */
export type Wrapping = 'gzip' | 'zip' | 'deflated-dicom' | 'journal' | 'safetensors';

type Change = (bytes: Uint8Array) => Uint8Array;

/** Changes what is wrapped, and wraps it again so that sizes and checksums are right. @param pick a number in [0, 1) that chooses the part */
export function changeInside(bytes: Uint8Array, wrapping: Wrapping, change: Change, pick: number): Uint8Array {
  const buffer = Buffer.from(bytes);
  switch (wrapping) {
    case 'gzip':
      return gzipSync(change(gunzipSync(buffer)), { level: 1 });
    case 'zip':
      return insideZip(buffer, change, pick);
    case 'deflated-dicom':
      return insideDeflatedDicom(buffer, change);
    case 'journal':
      return insideJournal(buffer, change, pick);
    case 'safetensors':
      return insideSafetensors(buffer, change);
  }
}

/** Archives as `zip` makes them. */
function insideZip(archive: Buffer, change: Change, pick: number): Uint8Array {
  const files: Record<string, Uint8Array> = {};
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50;) {
    const [packed, nameLength] = [archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26)];
    const content = at + 30 + nameLength;
    files[archive.toString('utf8', at + 30, content)] = inflateRawSync(archive.subarray(content, content + packed));
    at = content + packed;
  }
  const names = Object.keys(files);
  const name = names[Math.floor(pick * names.length)] ?? '';
  return zip({ ...files, [name]: change(files[name] ?? new Uint8Array(0)) });
}

/** The data set behind the file meta information, whose group length is not used. */
function insideDeflatedDicom(file: Buffer, change: Change): Uint8Array {
  let start = 132;
  while (start + 8 <= file.length && file.readUInt16LE(start) === 2) {
    const long = /OB|OW|UN|UT/.test(file.toString('latin1', start + 4, start + 6));
    start += long ? 12 + file.readUInt32LE(start + 8) : 8 + file.readUInt16LE(start + 6);
  }
  return Buffer.concat([file.subarray(0, start), deflateRawSync(change(inflateRawSync(file.subarray(start))), { level: 1 })]);
}

/** One record: length, checksum and what they belong to (core/workspace/journal.ts). */
function insideJournal(file: Buffer, change: Change, pick: number): Uint8Array {
  const records: Buffer[] = [];
  let at = file.indexOf(10) + 1;
  const header = file.subarray(0, at);
  while (at + 8 <= file.length) {
    const length = file.readUInt32LE(at);
    records.push(file.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  const changed = Math.floor(pick * records.length);
  const framed = records.map((record, i) => {
    const payload = i === changed ? change(record) : record;
    const frame = Buffer.alloc(8);
    frame.writeUInt32LE(payload.length, 0);
    frame.writeUInt32LE(crc32(payload), 4);
    return Buffer.concat([frame, payload]);
  });
  return Buffer.concat([header, ...framed]);
}

function insideSafetensors(file: Buffer, change: Change): Uint8Array {
  const length = Number(file.readBigUInt64LE(0));
  const header = change(file.subarray(8, 8 + length));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([prefix, header, file.subarray(8 + length)]);
}
