import { IMPLEMENTATION_CLASS_UID } from '../../imaging/segmentations/uid.ts';

/**
 * Preamble and file meta information (PS3.10 7.1) for a data set that came over the network without them. After it the bytes of the data set
 * follow as they are.
 */
export function fileMeta(sopClass: string, sopInstance: string, transferSyntax: string): Buffer {
  const elements = Buffer.concat([
    Buffer.from([2, 0, 1, 0, 0x4f, 0x42, 0, 0, 2, 0, 0, 0, 0, 1]), // (0002,0001) OB, version 00 01
    element(0x02, 'UI', sopClass),
    element(0x03, 'UI', sopInstance),
    element(0x10, 'UI', transferSyntax),
    element(0x12, 'UI', IMPLEMENTATION_CLASS_UID),
    element(0x13, 'SH', 'TESSERA'),
  ]);
  const length = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 0, 0, 0, 0]); // (0002,0000) UL
  length.writeUInt32LE(elements.length, 8);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, elements]);
}

function element(number: number, vr: 'UI' | 'SH', text: string): Buffer {
  const value = Buffer.from(text.length % 2 === 0 ? text : text + (vr === 'UI' ? '\0' : ' '), 'latin1');
  const head = Buffer.from([2, 0, number, 0, vr.charCodeAt(0), vr.charCodeAt(1), 0, 0]);
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}
