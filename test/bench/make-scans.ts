import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '../../core/base/random.ts';
import { pointLPS, writeNifti } from '../../core/imaging/index.ts';
import { compressedFile, ctSlice, dicomFile, encapsulated } from '../imaging/support/dicom-writer.ts';

/** What `npm run bench` imports, and the shape of it. */
export const importWorkloads = {
  /** 157 MB of int16 in 300 uncompressed files. */
  'import-ct': (folder: string) => series(folder, 300, 512),
  /** 108 slices of 256 × 256, JPEG-LS lossless. */
  'import-jpegls': (folder: string) => series(folder, 108, 256, 'jpeg-ls'),
  /** The voxels of `import-ct` as .nii.gz. */
  'import-nifti': nifti,
  /** 5,000 files in 50 series. */
  'import-tree': tree,
} as const;
export type ImportWorkload = keyof typeof importWorkloads;

const JPEG_LS = '1.2.840.10008.1.2.4.80';

async function series(folder: string, slices: number, size: number, coding?: 'jpeg-ls', uid = '1.2.9'): Promise<void> {
  await mkdir(folder, { recursive: true });
  const values = phantom(size);
  for (let z = 0; z < slices; z++) {
    const pixels = new Uint8Array(values(z, slices).buffer);
    const elements = ctSlice(z, { '00080018UI': `${uid}.${z}`, '0020000eUI': uid, '7fe00010OW': pixels }, size);
    const file = coding === undefined ? dicomFile(elements) : compressedFile(elements, JPEG_LS, encapsulated(await jpegLs(pixels, size)));
    await writeFile(join(folder, `${(z * 7919) % 100_003}`), file);
  }
}

async function nifti(folder: string): Promise<void> {
  const [size, slices] = [512, 300];
  const values = phantom(size);
  const voxels = new Int16Array(size * size * slices);
  for (let z = 0; z < slices; z++) voxels.set(values(z, slices), z * size * size);
  const direction = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  const geometry = { dims: [size, size, slices], spacing: [0.7, 0.7, 1], origin: pointLPS(-180, -180, 0), direction } as const;
  await writeNifti(join(folder, 'ct.nii.gz'), { geometry, voxels, slope: 1, intercept: 0 });
}

async function tree(folder: string): Promise<void> {
  for (let n = 0; n < 50; n++) await series(join(folder, `${Math.floor(n / 5)}`, `${n}`), 100, 64, undefined, `1.2.8.${n}`);
}

/** A body in air with noise as a scanner makes it, in 12 bits: gzip takes it to about half. */
export function phantom(size: number): (z: number, slices: number) => Int16Array {
  const random = seededRandom(size);
  const noise = Int16Array.from({ length: 65_536 }, () => Math.round(12 * (random.next() + random.next() + random.next() - 1.5)));
  return (z, slices) => {
    const thickness = 0.6 + 0.3 * Math.sin((Math.PI * z) / slices);
    return Int16Array.from({ length: size * size }, (_, at) => {
      const [x, y] = [((at % size) / size) * 2 - 1, (Math.floor(at / size) / size) * 2 - 1];
      const r = Math.hypot(x, y / thickness);
      const tissue = r > 0.8 ? 24 : r > 0.75 ? 930 : Math.hypot(x - 0.3, y) < 0.15 ? 180 : 1060;
      return Math.max(0, tissue + (noise[(at * 31 + z * 977) & 65_535] as number));
    });
  };
}

async function jpegLs(pixels: Uint8Array, size: number): Promise<Uint8Array> {
  const module = await import('dcmjs-codecs');
  const { Context, NativeCodecs, log } = 'default' in module ? (module.default as typeof module) : module;
  log.setLevel('silent');
  await NativeCodecs.initializeAsync();
  const context = new Context({
    width: size,
    height: size,
    bitsAllocated: 16,
    bitsStored: 16,
    samplesPerPixel: 1,
    pixelRepresentation: 1,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
    decodedBuffer: pixels,
  });
  return NativeCodecs.encodeJpegLs(context, { lossy: false }).getEncodedBuffer() ?? new Uint8Array(0);
}
