import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { summarise, type CaseEvaluation } from '../../core/evaluation/index.ts';
import { labelCurves } from '../../core/service/api/label-efficiency.ts';
import { evaluationCsv, evaluationJson, evaluationReport } from '../../core/service/evaluations/evaluation-report.ts';
import { labelCurvesOf } from '../../core/service/evaluations/label-curves.ts';
import type { ModelOrigin } from '../../core/service/evaluations/model-origin.ts';
import type { StoredEvaluation } from '../../core/service/evaluations/stored-evaluation.ts';
import { clientOf, openHost, temporaryFolder } from './support.ts';

const scans = Array.from({ length: 8 }, (_, at) => String(at).repeat(16));
const pretrained = { id: 'f'.repeat(16), name: 'GL-MAE of all' };
const digest = 'ab'.repeat(32);

function caseOf(scan: string, dice: number): CaseEvaluation {
  const scores = { label: 1, name: 'spleen', outcome: 'found', dice, hd95: 2, surfaceDice: dice, meanSurfaceDistance: 1 } as const;
  return { case: scan, segments: [{ ...scores, referenceMl: 1, predictionMl: 1 }] };
}

interface Made {
  readonly learned?: ModelOrigin['learned'];
  readonly seen?: string[];
  readonly frozen?: boolean;
}

function model(name: string, dice: number, { learned, seen = [], frozen = false }: Made): StoredEvaluation['models'][number] {
  const run = { started: '2026-01-01T00:00:00Z', seed: 7, scans: { training: 3 }, locked: 8, versions: { node: 'v20' } };
  return {
    id: Buffer.from(name.padStart(4)).toString('hex'),
    name: `model ${name}`,
    network: 'UNETR',
    seen,
    origin: {
      weights: { count: 10, bytes: 40, sha256: digest },
      settings: { width: 48 },
      preparation: { spacing: [1, 1, 1] },
      run: { ...run, settings: { epochs: 30, batch: 1, crops: 2, learningRate: 3e-4, freezeEncoder: frozen } },
      ...(learned === undefined ? {} : { learned }),
    },
    evaluation: summarise(
      scans.map((scan, at) => caseOf(scan, dice + 0.01 * at)),
      { resamples: 50 },
    ),
  };
}

const ofMae = (n: number): Made => ({ learned: { scans: n, from: pretrained } });
const stored: StoredEvaluation = {
  schema: 'tessera-model-evaluation/1',
  id: 'e'.repeat(16),
  name: 'How many labels',
  created: '2026-01-02T00:00:00Z',
  test: true,
  // The first two are of one patient.
  references: scans.map((scan, at) => ({
    scan,
    layer: 'a'.repeat(16),
    sequence: 3,
    content: digest,
    patient: scans[Math.max(1, at)] ?? '',
  })),
  leftOut: [],
  versions: { tessera: '1.2.3', backend: 'TensorFlow' },
  models: [
    model('5', 0.7, ofMae(5)),
    model('2', 0.6, ofMae(2)),
    model('10', 0.76, ofMae(10)),
    model('10b', 0.78, ofMae(10)),
    model('20f', 0.5, { ...ofMae(20), frozen: true }),
    model('5s', 0.5, { learned: { scans: 5, from: null } }),
    model('40', 0.9, { ...ofMae(40), seen: scans.slice(0, 1) }),
    model('x', 0.9, {}),
  ],
};

describe('curves of Dice over labels', () => {
  it('are drawn of models that began alike, without those that have seen the scans or whose past is not known', () => {
    const { curves, leftOut } = labelCurves.parse(labelCurvesOf(stored));
    expect(leftOut.map(({ name, reason }) => [name, reason])).toEqual([
      ['model 40', 'seen'],
      ['model x', 'unknown'],
    ]);
    expect(curves.map(({ from, frozen, models }) => [from?.name ?? null, frozen, models.map(({ labels }) => labels)])).toEqual([
      ['GL-MAE of all', false, [2, 5, 10, 10]],
      ['GL-MAE of all', true, [20]],
      [null, false, [5]],
    ]);
    const [first, second] = curves;
    expect(first).toMatchObject({ cases: 8, patients: 7 });
    expect(first?.points.map(({ dice }) => dice)).toEqual(
      // Two scans of one patient count as their mean, once.
      [0.6, 0.7, 0.77].map((dice) => expect.closeTo(dice + (0.005 + 0.27) / 7, 9) as unknown),
    );
    expect(first?.forecasts[0]).toMatchObject({ more: 5, labels: 15, far: false });
    expect(first?.forecasts[0]?.gain).toBeGreaterThan(0);
    expect(second).toMatchObject({ cannot: 'sizes', forecasts: [] });
  });

  it('are in the report, the table and the document, with all that a supplement needs', () => {
    const page = evaluationReport(stored, '1.2.3');
    for (const words of [
      'Dice against the number of labelled scans',
      'UNETR, GL-MAE of all',
      'it has learned from some of the scans',
      'cannot be told: three parameters',
      'Fine-tuned from the encoder of GL-MAE of all',
      '30 epochs',
      digest,
      'learningRate',
      'network.width',
      'TensorFlow',
      'Dice of each scan, model 2 against model 5',
    ])
      expect(page, words).toContain(words);
    const [head = '', row = ''] = evaluationCsv(stored).split('\r\n');
    expect(head).toMatch(/^model,labelledScans,case,/);
    expect(row).toMatch(/^model 5,5,0000/);
    expect(JSON.parse(evaluationJson(stored))).toMatchObject({
      schema: 'tessera-model-evaluation/1',
      labelEfficiency: { curves: [{ network: 'UNETR' }, {}, {}] },
    });
  });

  it('are not there for evaluations of before, whose report says so', () => {
    const old = structuredClone(stored);
    delete old.versions;
    for (const each of old.models) delete each.origin;
    expect(labelCurvesOf(old)).toMatchObject({ curves: [], leftOut: stored.models.map(({ name }) => ({ name })) });
    const page = evaluationReport(old, '1.2.3').replace(/\s+/g, ' ');
    expect(page).toContain('Evaluated before the program kept how a model was made');
    for (const words of ['intervals of the mean over scans', 'Evaluate again to have patients counted', 'Dice, paired by scan'])
      expect(page).toContain(words);
    for (const { evaluation } of old.models) for (const one of evaluation.cases) one.patient = one.case;
    const later = evaluationReport(old, '1.2.3').replace(/\s+/g, ' ');
    for (const words of ['intervals of the mean over patients', 'tests count patients', 'Dice, paired by patient'])
      expect(later).toContain(words);
  });
});

describe('the host', () => {
  it('tells them, and shows the report under a policy that lets nothing but its own style sheet in', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder);
    const place = join(folder, 'evaluations', stored.id);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'evaluation.json'), JSON.stringify({ ...stored, name: '<script>alert(1)</script>' }));
    const client = clientOf(host);
    const asked = await client.get(`/evaluations/${stored.id}/labels`);
    expect(labelCurves.parse(await asked.json())).toEqual(labelCurvesOf(stored));
    const page = await client.get(`/evaluations/${stored.id}/page`);
    expect(page.headers.get('content-disposition')).toBeNull();
    const text = await page.text();
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(text) ?? [];
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(text).not.toContain('<script');
    expect(text).not.toMatch(/ style="/);
    expect((await client.get(`/evaluations/${'0'.repeat(16)}/page`)).status).toBe(404);
  });

  it('lists means of before without the scans that were seen, and draws their intervals only where one is opened', async () => {
    const folder = temporaryFolder();
    const host = await openHost(folder);
    const place = join(folder, 'evaluations', stored.id);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'evaluation.json'), JSON.stringify({ ...stored, models: [model('40', 0.8, { seen: scans.slice(0, 4) })] }));
    const client = clientOf(host);
    const mean = expect.closeTo(0.855, 9) as unknown;
    expect(await (await client.get('/evaluations')).json()).toMatchObject([
      { models: [{ dice: { count: 4, mean, low: null, high: null } }] },
    ]);
    const interval = expect.any(Number) as unknown;
    const opened: unknown = await (await client.get(`/evaluations/${stored.id}`)).json();
    expect(opened).toMatchObject({ models: [{ dice: { count: 4, mean, low: interval, high: interval } }] });
  });
});
