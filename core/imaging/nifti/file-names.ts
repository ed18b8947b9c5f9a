import { stat } from 'node:fs/promises';
import { TesseraError } from '../../base/errors.ts';

/** The endings of files that a NIfTI image can be opened by; the voxels of a pair (.img) lead to its header. */
export const NIFTI_EXTENSIONS = ['.nii.gz', '.nii', '.hdr.gz', '.hdr', '.img.gz', '.img'] as const;

const IMAGE_OF_PAIR = /\.img(\.gz)?$/i;
const HEADER_OF_PAIR = /\.hdr(\.gz)?$/i;

/** The file with the header: the given one, or for the .img of a pair the .hdr beside it. */
export async function headerFile(path: string): Promise<string> {
  return IMAGE_OF_PAIR.test(path) ? partner(path, IMAGE_OF_PAIR, 'hdr') : path;
}

/** The file with the voxels of a pair. @throws TesseraError `not-found` naming the file that is missing. */
export async function imageFile(headerPath: string): Promise<string> {
  if (HEADER_OF_PAIR.test(headerPath)) return partner(headerPath, HEADER_OF_PAIR, 'img');
  throw new TesseraError('bad-file', 'says that its voxels are in another file (magic ni), but its name does not end in .hdr.', {
    subject: headerPath,
    advice: 'Rename it to .hdr and put its .img beside it.',
  });
}

async function partner(path: string, ending: RegExp, extension: 'hdr' | 'img'): Promise<string> {
  const upper = /\.(IMG|HDR)/.test(path);
  const stem = path.replace(ending, '.');
  const plain = stem + (upper ? extension.toUpperCase() : extension);
  const zipped = `${plain}.gz`;
  for (const candidate of /\.gz$/i.test(path) ? [zipped, plain] : [plain, zipped]) {
    if (await isThere(candidate)) return candidate;
  }
  throw new TesseraError('not-found', `is half of a .hdr/.img pair, and ${plain} is missing.`, {
    subject: path,
    advice: 'Copy both files into one folder.',
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
