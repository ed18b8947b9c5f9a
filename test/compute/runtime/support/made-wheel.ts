import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { crc32, deflateRawSync } from 'node:zlib';

export interface MadeWheel {
  readonly files: Readonly<Record<string, string>>;
  /** Hashes to state instead of the true ones, by file name. */
  readonly falseHashes?: Readonly<Record<string, string>>;
  readonly metadata?: string;
  readonly withRecord?: boolean;
}

/** RECORD's way of writing a hash: unpadded URL-safe base64 of the SHA-256. */
export function recordHash(content: string): string {
  return `sha256=${createHash('sha256').update(content).digest('base64url')}`;
}

/** Writes a small wheel (PEP 427: a zip with a RECORD of hashes). */
export async function writeWheel(
  path: string,
  { files, falseHashes = {}, metadata = 'Name: made\n', withRecord = true }: MadeWheel,
): Promise<void> {
  const folder = 'made-1.0.dist-info';
  const all: Record<string, string> = { ...files, [`${folder}/METADATA`]: metadata };
  const record = Object.entries(all).map(([name, content]) => `${name},${falseHashes[name] ?? recordHash(content)},${content.length}`);
  if (withRecord) all[`${folder}/RECORD`] = [...record, `${folder}/RECORD,,`, ''].join('\n');
  await writeFile(path, zip(all));
}

/** A zip archive with deflated entries (APPNOTE.TXT 4.3: local headers, central directory, end record). */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    locals.push(Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    centrals.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
