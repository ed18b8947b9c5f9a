import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { readDicomLabelsHere } from '../../../core/imaging/segmentations/label-job.ts';
import { labelsOnGrid } from '../../../core/imaging/segmentations/on-grid.ts';
import type { ReadLabels } from '../../../core/imaging/segmentations/read-seg.ts';
import { readSourceSeries } from '../../../core/imaging/segmentations/source-series.ts';
import { writeStructureSet } from '../../../core/imaging/segmentations/write-rtstruct.ts';
import { writeSegmentation } from '../../../core/imaging/segmentations/write-seg.ts';
import { pointLPS, type Geometry } from '../../../core/imaging/volume.ts';
import { compileImaging } from '../support/compiled.ts';
import { strewn, threeSegments } from './support/made-labels.ts';
import { makeSeries } from './support/made-series.ts';

const geometry: Geometry = {
  dims: [9, 7, 5],
  spacing: [1, 2, 3],
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

const folder = mkdtempSync(join(tmpdir(), 'tessera-apart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Also a part of the program below. */
const summary = ({ layers, segments, findings }: ReadLabels): unknown => ({
  layers: layers.map(({ volume, values }) => [[...volume.voxels], volume.voxels.constructor.name, volume.geometry, values]),
  segments,
  findings,
});

it('labels read in a process of their own are those read here; refusals keep code, file and advice', async () => {
  const module = pathToFileURL(join(await compileImaging(join(folder, 'compiled')), 'segmentations', 'index.js')).href;
  const { folder: series } = await makeSeries(geometry);
  const source = await readSourceSeries(series);
  const labels = labelsOnGrid(strewn(source.geometry, 4), source.geometry);
  const wide = { ...labels, labels: Uint16Array.from(labels.labels, (v) => (v === 7 ? 700 : v)), values: [1, 2, 700] };
  const wideSegments = threeSegments.map((segment) => (segment.value === 7 ? { ...segment, value: 700 } : segment));
  const structures = join(folder, 'structures.dcm');
  const map = join(folder, 'map.dcm');
  const noLabels = join(folder, 'none.dcm');
  await writeStructureSet(structures, labels, source, threeSegments);
  await writeSegmentation(map, wide, source, wideSegments, { kind: 'labelmap' });
  writeFileSync(noLabels, 'no labels');
  const program = `
    import { readDicomLabels, readSourceSeries } from ${JSON.stringify(module)};
    const scan = await readSourceSeries(${JSON.stringify(series)});
    const summary = ${summary.toString()};
    const words = ({ name, code, message, subject, advice }) => ({ name, code, message, subject, advice });
    const paths = ${JSON.stringify([structures, map, noLabels])};
    const answers = [];
    for (const path of paths) answers.push(await readDicomLabels(path, { scan }).then(summary, words));
    answers.push(await readDicomLabels(paths[0]).then(summary, words));
    console.log(JSON.stringify(answers));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 60_000 });
  const here = [await readDicomLabelsHere(structures, { scan: source }), await readDicomLabelsHere(map, { scan: source })];
  const [first, second, none, without] = JSON.parse(stdout) as unknown[];
  expect([first, second]).toEqual(JSON.parse(JSON.stringify(here.map(summary))));
  expect(here[1]?.layers[0]?.volume.voxels).toBeInstanceOf(Uint16Array);
  expect(none).toMatchObject({ name: 'TesseraError', code: 'unsupported-file', subject: noLabels });
  expect(without).toMatchObject({ name: 'TesseraError', code: 'usage', subject: structures });
}, 90_000);
