import { deflateRawSync } from 'node:zlib';

/** An element as the fixtures state it: text (already in bytes or ASCII), bytes, or the items of a sequence. */
export interface PlainElement {
  readonly tag: number;
  readonly vr: string;
  readonly value: string | Uint8Array | readonly (readonly PlainElement[])[];
}

export const element = (tag: number, vr: string, value: PlainElement['value']): PlainElement => ({ tag, vr, value });

export type Form = 'explicit' | 'implicit' | 'big-endian' | 'deflated' | 'compressed';

export const TRANSFER_SYNTAX: Readonly<Record<Form, string>> = {
  explicit: '1.2.840.10008.1.2.1',
  implicit: '1.2.840.10008.1.2',
  'big-endian': '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
  compressed: '1.2.840.10008.1.2.4.90',
};

/** A DICOM file, written without any code of the program, so that reader and writer cannot share a mistake. */
export function plainFile(preamble: string, meta: readonly PlainElement[], elements: readonly PlainElement[], form: Form): Buffer {
  const head = Buffer.alloc(132);
  head.write(preamble, 0, 'latin1');
  head.write('DICM', 128, 'latin1');
  const syntax = element(0x00020010, 'UI', TRANSFER_SYNTAX[form]);
  const body = dataSet(elements, form);
  return Buffer.concat([head, dataSet([...meta, syntax], 'explicit'), form === 'deflated' ? deflateRawSync(body) : body]);
}

function dataSet(elements: readonly PlainElement[], form: Form): Buffer {
  return Buffer.concat([...elements].sort((a, b) => a.tag - b.tag).map((one) => written(one, form)));
}

const LONG = /^(OB|OW|SQ|UN|UT)$/;

function written({ tag, vr, value }: PlainElement, form: Form): Buffer {
  const fragments = form === 'compressed' && tag === 0x7fe00010 && value instanceof Uint8Array;
  const bytes = fragments ? inFragments(value) : valueBytes(value, vr, form);
  const length = fragments ? 0xffffffff : bytes.length;
  const long = form === 'implicit' || LONG.test(vr);
  const head = Buffer.alloc(form !== 'implicit' && long ? 12 : 8);
  writeTag(head, tag, form);
  if (form !== 'implicit') head.write(vr, 4, 'latin1');
  if (long) write32(head, length, head.length - 4, form);
  else if (form === 'big-endian') head.writeUInt16BE(length, 6);
  else head.writeUInt16LE(length, 6);
  return Buffer.concat([head, bytes]);
}

function valueBytes(value: PlainElement['value'], vr: string, form: Form): Buffer {
  if (typeof value !== 'string' && !(value instanceof Uint8Array))
    // Items with stated lengths; the program writes them open.
    return Buffer.concat(
      value.map((item) => {
        const bytes = dataSet(item, form);
        const head = Buffer.alloc(8);
        writeTag(head, 0xfffee000, form);
        write32(head, bytes.length, 4, form);
        return Buffer.concat([head, bytes]);
      }),
    );
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value);
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
}

function inFragments(pixels: Uint8Array): Buffer {
  const item = (length: number): Buffer => {
    const head = Buffer.alloc(8);
    writeTag(head, 0xfffee000, 'explicit');
    head.writeUInt32LE(length, 4);
    return head;
  };
  const end = Buffer.alloc(8);
  writeTag(end, 0xfffee0dd, 'explicit');
  return Buffer.concat([item(0), item(pixels.length), pixels, end]);
}

function writeTag(bytes: Buffer, tag: number, form: Form): void {
  if (form === 'big-endian') bytes.writeUInt16BE(tag & 0xffff, bytes.writeUInt16BE(tag >>> 16, 0));
  else bytes.writeUInt16LE(tag & 0xffff, bytes.writeUInt16LE(tag >>> 16, 0));
}

function write32(bytes: Buffer, value: number, at: number, form: Form): void {
  if (form === 'big-endian') bytes.writeUInt32BE(value, at);
  else bytes.writeUInt32LE(value, at);
}
