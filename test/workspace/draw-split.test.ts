import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointLPS } from '../../core/imaging/index.ts';
import { drawSplit, splitParts, type ScanDocument } from '../../core/workspace/index.ts';

const hash = (n: number): string => n.toString(16).padStart(64, '0');

/** @param patient its frame of reference; undefined where the scan tells nothing */
function scan(n: number, patient?: number, file?: number): ScanDocument {
  return {
    id: n.toString(16).padStart(24, '0'),
    added: '2026-11-21T10:00:00.000Z',
    format: 'DICOM',
    ...(patient === undefined ? {} : { frameOfReference: hash(patient) }),
    geometry: { dims: [2, 2, 2], spacing: [1, 1, 1], origin: pointLPS(0, 0, 0), direction: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] }, // prettier-ignore
    slope: 1,
    intercept: 0,
    voxels: { file: 'voxels.raw', type: 'uint8', bytes: 8, sha256: hash(0) },
    content: hash(n),
    sources: file === undefined ? [] : [hash(file)],
    findings: [],
  };
}

const shares = { training: 0.7, validation: 0.15, test: 0.15 };
const sizes = (parts: ReturnType<typeof drawSplit>['parts']): number[] => splitParts.map((part) => parts[part].length);

describe('a split that is drawn', () => {
  it('has the shares that were asked for, and the same scans for the same seed', () => {
    const scans = Array.from({ length: 100 }, (_, n) => scan(n));
    const { parts, patients } = drawSplit(scans, shares, 7);
    expect([sizes(parts), patients]).toEqual([[70, 15, 15], 100]);
    expect(drawSplit([...scans].reverse(), shares, 7).parts).toEqual(parts);
    expect(drawSplit(scans, shares, 8).parts.test).not.toEqual(parts.test);
    expect(sizes(drawSplit(scans, { training: 0.8, validation: 0.2, test: 0 }, 7).parts)).toEqual([80, 20, 0]);
  });

  it('keeps scans of one patient together, through files and frames of reference', () => {
    // Scans 0 and 1 share a file, 1 and 2 a frame of reference.
    const joined = [scan(0, 1, 50), scan(1, 2, 50), scan(2, 2)];
    expect(drawSplit([...joined, scan(3), scan(4), scan(5)], shares, 0).patients).toBe(4);
    const patients = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 10, maxLength: 60 });
    fc.assert(
      fc.property(patients, fc.nat(), (ofScans, seed) => {
        fc.pre(new Set(ofScans).size >= 3);
        const scans = ofScans.map((patient, n) => scan(n, patient));
        const { parts, leftOut } = drawSplit(scans, shares, seed);
        expect(leftOut).toEqual([]);
        expect(splitParts.flatMap((part) => parts[part]).sort()).toEqual(scans.map(({ id }) => id));
        expect(sizes(parts).every((size) => size > 0)).toBe(true);
        const partsOf = (patient: number): Set<string> =>
          new Set(splitParts.filter((part) => scans.some(({ id }, n) => ofScans[n] === patient && parts[part].includes(id))));
        for (const patient of ofScans) expect(partsOf(patient).size).toBe(1);
      }),
    );
  });

  it('leaves a locked test part as it is, and its patients out of the others', () => {
    const scans = Array.from({ length: 12 }, (_, n) => scan(n, n));
    const { test } = drawSplit(scans, shares, 1).parts;
    const [tested = ''] = test;
    const later = [...scans, scan(100, 100), scan(101, Number.parseInt(tested, 16))];
    const { parts, leftOut } = drawSplit(later, { training: 0.5, validation: 0.5, test: 0 }, 5, test);
    expect(parts.test).toEqual(test);
    expect(leftOut).toEqual([scan(101).id]);
    expect(sizes(parts)).toEqual([5, 6, 2]);
    expect([...parts.training, ...parts.validation].some((id) => test.includes(id))).toBe(false);
  });

  it('is refused where a part would stay empty', () => {
    expect(() => drawSplit([scan(0, 1), scan(1, 1)], shares, 0)).toThrow('1 patient cannot be split into 3 parts.');
    expect(() => drawSplit([], { training: 1, validation: 0, test: 0 }, 0)).toThrow('0 patients');
    expect(sizes(drawSplit([scan(0)], { training: 1, validation: 0, test: 0 }, 0).parts)).toEqual([1, 0, 0]);
  });
});
