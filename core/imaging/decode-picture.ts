import type * as Codecs from 'dcmjs-codecs';

/** The compressed pictures that a library must decode; all else is decoded by our own code. */
export type PictureCoding = 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

/** A grey picture to decode, its size already checked against the header. */
export interface PictureJob {
  readonly coding: PictureCoding;
  readonly columns: number;
  readonly rows: number;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly signed: boolean;
}

let codecs: Promise<typeof Codecs> | undefined;

async function loadCodecs(): Promise<typeof Codecs> {
  // A CommonJS bundle whose exports Node cannot see, hence `default`.
  const module = await import('dcmjs-codecs');
  const library = 'default' in module ? (module.default as typeof module) : module;
  library.log.setLevel('silent');
  await library.NativeCodecs.initializeAsync();
  return library;
}

/**
 * Decodes one picture with dcmjs-codecs (OpenJPEG, OpenJPH, CharLS and the JPEG group's library as WebAssembly).
 * A hostile picture may take all memory that the process allows or not come to an end: run it through `decode-process.ts`.
 * @returns columns · rows pixels in little-endian order
 * @throws Error when the picture is damaged or does not have the size of the job
 */
export async function decodePicture(job: PictureJob, bytes: Uint8Array): Promise<Uint8Array> {
  codecs ??= loadCodecs();
  const { Context: PictureContext, NativeCodecs } = await codecs;
  const context = new PictureContext({
    width: job.columns,
    height: job.rows,
    bitsAllocated: job.bitsAllocated,
    bitsStored: job.bitsStored,
    samplesPerPixel: 1,
    pixelRepresentation: job.signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
    encodedBuffer: bytes,
  });
  const decoded = decodeWith(NativeCodecs, job.coding, context).getDecodedBuffer();
  const expected = (job.columns * job.rows * job.bitsAllocated) / 8;
  if (decoded?.length !== expected) throw new Error(`${decoded?.length ?? 0} bytes instead of ${expected}`);
  return decoded;
}

function decodeWith(library: typeof Codecs.NativeCodecs, coding: PictureCoding, context: Codecs.Context): Codecs.Context {
  switch (coding) {
    case 'jpeg':
      return library.decodeJpeg(context, {});
    case 'jpeg-ls':
      return library.decodeJpegLs(context);
    case 'jpeg-2000':
      return library.decodeJpeg2000(context);
    case 'htj2k':
      return library.decodeHtJpeg2000(context);
  }
}
