"""Writes reference.json beside this file and beside the MetaImage tests: NRRD and MetaImage files read by these lines and numpy.

Run with: python3 make-reference.py SHARED_DATA   (numpy 2.4.6; tests never need it)

The parsing below is for the well-formed files of the shared data only. Voxels are checked by SHA-256 of the little-endian values, i
fastest; affines go to LPS millimetres.
"""
import bz2
import gzip
import hashlib
import json
import re
import sys
import zlib
from pathlib import Path

import numpy as np

root = Path(sys.argv[1])
here = Path(__file__).parent
TYPES = {'short': '<i2', 'unsigned short': '<u2', 'unsigned char': '|u1', 'double': '<f8', 'int16': '<i2'}


def entry(values, dims, affine):
    return {'dims': dims, 'affine': affine.tolist(), 'type': values.dtype.name, 'sha256': hashlib.sha256(values.tobytes()).hexdigest()}


def nrrd(path):
    raw = path.read_bytes()
    end = raw.find(b'\n\n')
    text, rest = (raw[:end], raw[end + 2 :]) if end >= 0 else (raw, b'')
    h = dict(line.split(': ', 1) for line in text.decode('latin1').split('\n') if ': ' in line and not line.startswith('#'))
    if 'data file' in h:
        rest = (path.parent / h['data file']).read_bytes()
    for _ in range(int(h.get('line skip', 0))):
        rest = rest[rest.index(b'\n') + 1 :]
    data = {'raw': lambda b: b, 'gzip': gzip.decompress, 'bzip2': bz2.decompress}[h['encoding'].lower()](rest)
    sizes = [int(n) for n in h['sizes'].split()]
    dtype = np.dtype(TYPES[h['type']])
    count = int(np.prod(sizes))
    skip = int(h.get('byte skip', 0))
    start = len(data) - count * dtype.itemsize if skip == -1 else skip
    values = np.frombuffer(data, dtype, count, start)
    vectors = [np.array([float(x) for x in v.split(',')]) for v in re.findall(r'\(([^)]*)\)', h['space directions'])]
    origin = np.array([float(x) for x in h.get('space origin', '(0,0,0)').strip('()').split(',')])
    signs = np.array([-1, -1, 1] if h['space'].startswith('right-anterior') else [1, 1, 1])
    return entry(values, sizes[:3], np.stack([*vectors, origin], axis=1) * signs[:, None])


def mha(path):
    raw = path.read_bytes()
    end = re.search(rb'ElementDataFile = [^\n]*\n', raw).end()
    h = dict(line.split(' = ', 1) for line in raw[:end].decode('latin1').strip().split('\n'))
    values = np.frombuffer(zlib.decompress(raw[end:]), '<i2')
    matrix = np.array(h['TransformMatrix'].split(), float).reshape(3, 3)
    spacing = np.array(h['ElementSpacing'].split(), float)
    affine = np.stack([*(matrix * spacing[:, None]), np.array(h['Offset'].split(), float)], axis=1)
    return entry(values, [int(n) for n in h['DimSize'].split()], affine)


def write(path, out):
    path.write_text('{\n' + ',\n'.join(f'  {json.dumps(k)}: {json.dumps(v)}' for k, v in out.items()) + '\n}\n')


names = ['FLAIR', 'breast1_image', 'breast1_label', 'prostate_phantom_subvolume', 'prostate_phantom_subvolume-label']
paths = [f'nrrd_mha/{name}.nrrd' for name in names]
paths += [f'nrrd_mha/pynrrd/BallBinary30x30x30{x}' for x in ('.nhdr', '.nrrd', '_byteskip_minus_one.nhdr', '_byteskip_minus_one_nifti.nhdr', '_bz2.nrrd', '_gz.nrrd', '_gz_byteskip_minus_one.nrrd', '_gz_lineskip.nrrd')]
paths += ['nrrd_mha/pynrrd/test_simple4d_raw.nrrd', 'dicom_seg_rt/liver_ct/liver_seg.nrrd', 'dicom_seg_rt/tiny_24x38x3/nrrd/label.nrrd']
write(here / 'reference.json', {path: nrrd(root / path) for path in paths})
write(here.parent / 'metaimage' / 'reference.json', {'nrrd_mha/mha.mha': mha(root / 'nrrd_mha/mha.mha')})
