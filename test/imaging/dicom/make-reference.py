"""Writes reference.json beside this file: what pydicom and numpy make of the shared DICOM data.

Run with: python3 make-reference.py SHARED_DATA   (pydicom 3.0.2, numpy 2.4.6, imagecodecs 2026.3.6, nibabel 5.4.2; tests never need it)

Independent of the program: headers by pydicom; uncompressed and RLE pixels by pydicom; JPEG, JPEG-LS and JPEG 2000 by imagecodecs
(libjpeg, CharLS, OpenJPEG); sorting and geometry by the lines below. For each scan: dims (i, j, k), the upper rows of the affine to LPS
millimetres, the SHA-256 of the stored values in little-endian order, i fastest, and slope and intercept. Slices with slopes of their own
are hashed as float32 of the physical values. Of lossy pictures, whose decoders may differ by one, single values are kept instead.
"""
import hashlib
import json
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
from pydicom.encaps import generate_frames

root = Path(sys.argv[1])


def picture(d, index=0):
    """Stored values of one frame, rows by columns."""
    p = d.file_meta.TransferSyntaxUID
    if not p.is_compressed or p == '1.2.840.10008.1.2.1.99' or p == '1.2.840.10008.1.2.5':
        a = d.pixel_array
        return a[index] if int(d.get('NumberOfFrames', 1)) > 1 else a
    frame = list(generate_frames(d.PixelData, number_of_frames=int(d.get('NumberOfFrames', 1))))[index]
    kind = str(p).rsplit('.', 1)[1]
    if kind in ('90', '91'):
        a = imagecodecs.jpeg2k_decode(frame)
    elif kind in ('80', '81'):
        a = imagecodecs.jpegls_decode(frame)
    elif kind in ('57', '70'):
        a = imagecodecs.ljpeg_decode(frame)
    else:
        a = imagecodecs.jpeg_decode(frame)
    bits = d.BitsStored
    a = a.astype(np.int64) & ((1 << bits) - 1)
    if d.PixelRepresentation == 1:
        a = np.where(a >= 1 << (bits - 1), a - (1 << bits), a)
    return a


def dtype(d):
    return np.dtype(f"<{'i' if d.PixelRepresentation == 1 else 'u'}{d.BitsAllocated // 8}")


def affine(orientation, spacing, first, step):
    row, column = (np.array(orientation[s], float) for s in (slice(0, 3), slice(3, 6)))
    row, column = row / np.linalg.norm(row), column / np.linalg.norm(column)
    return np.stack([row * spacing[1], column * spacing[0], np.array(step, float), np.array(first, float)], axis=1)


def normal(orientation):
    n = np.cross(np.array(orientation[:3], float), np.array(orientation[3:], float))
    return n / np.linalg.norm(n)


def entry(volume, stored, a, slope, intercept, lossy=False):
    """volume: slices, rows, columns"""
    k, j, i = volume.shape
    out = {'dims': [i, j, k], 'affine': a.tolist(), 'type': stored.name, 'slope': slope, 'intercept': intercept}
    if lossy:
        at = [(z, y, x) for z in range(0, k, max(1, k // 3)) for y in range(7, j, 61) for x in range(11, i, 67)]
        out['samples'] = [[x, y, z, int(volume[z, y, x])] for z, y, x in at]
        out['mean'] = float(volume.mean())
    else:
        out['sha256'] = hashlib.sha256(np.ascontiguousarray(volume.astype(stored)).tobytes()).hexdigest()
    return out


def series(paths, pick=None):
    sets = [pydicom.dcmread(p, force=True) for p in paths]
    if pick is not None:
        sets = [d for d in sets if pick(d)]
    n = normal(sets[0].ImageOrientationPatient)
    sets.sort(key=lambda d: (float(np.dot(n, d.ImagePositionPatient)), int(d.get('InstanceNumber') or 0)))
    first, last = sets[0], sets[-1]
    start, end = (np.array(d.ImagePositionPatient, float) for d in (first, last))
    step = (end - start) / (len(sets) - 1) if len(sets) > 1 else n * float(first.get('SpacingBetweenSlices') or first.get('SliceThickness') or 1)
    a = affine(first.ImageOrientationPatient, first.PixelSpacing, start, step)
    slopes = {(float(d.get('RescaleSlope', 1)), float(d.get('RescaleIntercept', 0))) for d in sets}
    pixels = [picture(d) for d in sets]
    lossy = str(first.file_meta.TransferSyntaxUID).rsplit('.', 1)[1] in ('50', '51', '53', '55', '91', '81')
    if len(slopes) > 1:
        physical = [p.astype(float) * float(d.RescaleSlope) + float(d.RescaleIntercept) for d, p in zip(sets, pixels)]
        return entry(np.stack(physical), np.dtype('<f4'), a, 1, 0)
    return entry(np.stack(pixels), dtype(first), a, *slopes.pop(), lossy)


def enhanced(paths, pick):
    frames = []
    for path in paths:
        d = pydicom.dcmread(path)
        for index, group in enumerate(d.PerFrameFunctionalGroupsSequence):
            if pick(d, group):
                frames.append((d, index, group))
    def part(item, name):
        d, _, group = item
        return group[name][0] if name in group else d.SharedFunctionalGroupsSequence[0][name][0]
    o = part(frames[0], 'PlaneOrientationSequence').ImageOrientationPatient
    n = normal(o)
    place = lambda f: np.array(part(f, 'PlanePositionSequence').ImagePositionPatient, float)
    frames.sort(key=lambda f: float(np.dot(n, place(f))))
    a = affine(o, part(frames[0], 'PixelMeasuresSequence').PixelSpacing, place(frames[0]), (place(frames[-1]) - place(frames[0])) / (len(frames) - 1))
    value = part(frames[0], 'PixelValueTransformationSequence') if 'PixelValueTransformationSequence' in frames[0][2] or 'PixelValueTransformationSequence' in frames[0][0].SharedFunctionalGroupsSequence[0] else None
    slope, intercept = (float(value.RescaleSlope), float(value.RescaleIntercept)) if value is not None else (1.0, 0.0)
    return entry(np.stack([picture(d, i) for d, i, _ in frames]), dtype(frames[0][0]), a, slope, intercept)


def mosaic(path):
    """Geometry and slice order from dcm2niix's result for the same file, its rows turned back to DICOM's order."""
    import nibabel
    reference = nibabel.load(root / 'dicom_transfer_syntaxes/mr_mosaic/reference_dcm2niix.nii.gz')
    data = np.asarray(reference.dataobj)[:, ::-1, :]
    a = reference.affine.copy()
    a[:3, 3] += a[:3, 1] * (data.shape[1] - 1)
    a[:3, 1] *= -1
    lps = np.diag([-1, -1, 1, 1]) @ a
    d = pydicom.dcmread(path)
    # NIfTI keeps affines in float32.
    return entry(np.transpose(data, (2, 1, 0)), dtype(d), lps[:3], 1.0, 0.0) | {'tolerance': 5e-5}


def files(folder, pattern='*'):
    return sorted(p for p in (root / folder).glob(pattern) if p.is_file() and p.name not in ('WHAT.txt', 'SHA256SUMS'))


out = {}
for name in ['ct_head_64x64x93', 'mr_generic_uncompressed', 'mr_generic_j2k', 'mr_generic_jpeg_lossless', 'mr_generic_jpegls', 'mr_generic_rle',
             'mr_non_square_pixels', 'irregular/ct_slice_increment_varies', 'irregular/too_few_slices']:
    out[f'dicom_series/{name}'] = series(files(f'dicom_series/{name}'))
for name, volumes in [('mr_ge_epi_small', 3), ('mr_ge_epi_4d_time_series', 16)]:
    for t in range(volumes):
        numbers = set(range(8 * t + 1, 8 * t + 9))
        out[f'dicom_series/{name}@{t}'] = series(files(f'dicom_series/{name}'), lambda d: int(d.InstanceNumber) in numbers)
for t in range(4):
    out[f'dicom_series/mr_siemens_enhanced_xa10@{t}'] = enhanced(files('dicom_series/mr_siemens_enhanced_xa10'), lambda d, g: int(d.InstanceNumber) == t + 1)
for t, kind in enumerate(['M', 'FIELD_MAP']):
    out[f'dicom_series/mr_philips_enhanced_fieldmap@{t}'] = enhanced(files('dicom_series/mr_philips_enhanced_fieldmap'), lambda d, g: g.MRImageFrameTypeSequence[0].FrameType[3] == kind)
out['dicom_seg_rt/tiny_24x38x3/multiframe'] = enhanced(files('dicom_seg_rt/tiny_24x38x3/multiframe'), lambda d, g: True)
for folder in ['dicom_seg_rt/tiny_24x38x3/image', 'dicom_seg_rt/oblique_ct_tiny', 'dicom_seg_rt/liver_ct/ct', 'dicom_seg_rt/highdicom/ct_series_77654033',
               'ct_gantry_tilt_ge', 'mr_head_dicom_studyforrest/t1_96slices_j2k', 'ct_totalsegmentator/ct_dicom_20slices/dicom']:
    out[folder] = series(files(folder))
out['ct_thorax_lung1/LUNG1-002_dicom'] = series(files('ct_thorax_lung1/LUNG1-002_dicom', 'ct_*'))
out['dicom_broken_made/missing_slices'] = series(files('dicom_broken_made/missing_slices'))
out['dicom_broken_made/one_other_size'] = series(files('dicom_broken_made/one_other_size'), lambda d: d.Rows == 64)
out['dicom_broken_made/one_without_position'] = series(files('dicom_broken_made/one_without_position'), lambda d: 'ImagePositionPatient' in d)
out['dicom_broken_made/duplicate_position'] = series([p for p in files('dicom_broken_made/duplicate_position') if p.name != '12b.dcm'])
for path in files('dicom_transfer_syntaxes/ct_one_slice'):
    out[f'dicom_transfer_syntaxes/ct_one_slice/{path.name}'] = series([path])
for path in files('dicom_transfer_syntaxes/mr_mosaic', '*.dcm'):
    out[f'dicom_transfer_syntaxes/mr_mosaic/{path.name}'] = mosaic(path)
for path in ['pydicom/CT_small.dcm', 'pydicom/MR_small.dcm', 'pydicom/MR_small_RLE.dcm', 'pydicom/MR_small_expb.dcm', 'pydicom/MR_small_jpeg_ls_lossless.dcm',
             'pydicom-data/693_J2KR.dcm', 'pydicom/J2K_pixelrep_mismatch.dcm', 'pydicom/examples_overlay.dcm']:
    out[f'dicom_odd/{path}'] = series([root / 'dicom_odd' / path])

# Pixels only: these have no position, or one for all frames.
def pixels_only(path, frames):
    d = pydicom.dcmread(root / path)
    volume = np.stack([picture(d, i) for i in range(frames)])
    stored = dtype(d)
    return {'dims': [d.Columns, d.Rows, frames], 'type': stored.name, 'sha256': hashlib.sha256(np.ascontiguousarray(volume.astype(stored)).tobytes()).hexdigest()}

for name in ['emri_small', 'emri_small_RLE', 'emri_small_jpeg_2k_lossless', 'emri_small_jpeg_ls_lossless']:
    out[f'dicom_odd/pydicom-data/{name}.dcm'] = pixels_only(f'dicom_odd/pydicom-data/{name}.dcm', 10)
out['dicom_odd/pydicom-data/JLSL_16_15_1_1F.dcm'] = pixels_only('dicom_odd/pydicom-data/JLSL_16_15_1_1F.dcm', 1)
out['dicom_odd/pydicom/image_dfl.dcm'] = pixels_only('dicom_odd/pydicom/image_dfl.dcm', 1)
for name in ['JPEGLSNearLossless_08', 'JPEGLSNearLossless_16']:
    out[f'dicom_odd/pydicom/{name}.dcm'] = pixels_only(f'dicom_odd/pydicom/{name}.dcm', 1)

Path(__file__).with_name('reference.json').write_text('{\n' + ',\n'.join(f'  {json.dumps(k)}: {json.dumps(v)}' for k, v in out.items()) + '\n}\n')
print(len(out), 'entries')
