import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EvaluationSummary } from '../../core/service/api/evaluations.ts';
import type { Job } from '../../core/service/api/jobs.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { importSamples } from '../service/engine/support-training.ts';
import { tinySegmentation } from './support/models.ts';
import { describeStory, keepFailures, LONG, VERY_LONG, Workstation } from './support/workstation.ts';

const [a, b] = ['a'.repeat(16), 'b'.repeat(16)];

/** A run that made the little network, as its folder tells it. */
function makeRun(workspace: string, id: string, name: string, learningRate: number): void {
  const run = join(workspace, 'runs', id);
  mkdirSync(run, { recursive: true });
  cpSync(tinySegmentation, join(run, 'model'), { recursive: true });
  const model = JSON.parse(readFileSync(join(run, 'model', 'model.json'), 'utf8')) as { provenance: Record<string, unknown> };
  writeFileSync(join(run, 'model', 'model.json'), JSON.stringify({ ...model, provenance: { ...model.provenance, name } }));
  const document = {
    schema: 'tessera-run/1',
    kind: 'finetune',
    settings: { epochs: 2, batch: 1, learningRate },
    seed: 0,
    data: { folder: '', cases: [{ id: 'f'.repeat(16), use: 'training', sha256: '' }] },
    versions: {},
    started: '2026-01-01T00:00:00Z',
    extra: { name, initial: 'fresh weights', encoder: null },
  };
  writeFileSync(join(run, 'run.json'), JSON.stringify(document));
  const lines = [1, 2].map((step) => `${JSON.stringify({ step, loss: 1 / step, learningRate })}\n`);
  writeFileSync(join(run, 'metrics.jsonl'), lines.join(''));
}

describeStory('two runs and their models', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open(async (folder) => {
      const workspace = await createWorkspace(folder, { name: 'Hippocampus' });
      await importSamples(workspace, 3, 3);
      await workspace.close();
      makeRun(folder, a, 'Slow', 0.0001);
      makeRun(folder, b, 'Fast', 0.0003);
    });
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  it(
    'are held side by side: settings, curves, scans, the report to print, and one scan as both segment it',
    async () => {
      const { page } = station;
      const scans = (await station.api<{ scans: { id: string }[] }>('/scans')).scans.map(({ id }) => id);
      await station.api<Job>('/jobs', { kind: 'evaluate', name: 'Which one', models: [a, b], scans });
      await expect.poll(async () => (await station.api<EvaluationSummary[]>('/evaluations')).length, { timeout: LONG }).toBe(1);
      await station.goTo('Models');

      await page.getByRole('tab', { name: 'Runs' }).click();
      for (const name of ['Slow', 'Fast']) await page.getByRole('checkbox', { name }).check();
      const differs = page.getByRole('table', { name: 'What differs' });
      await differs.getByRole('row', { name: /learningRate.*0\.0001.*0\.0003/ }).waitFor();
      expect(await differs.getByText('epochs', { exact: true }).count()).toBe(0);
      await page.getByRole('switch', { name: 'Show all settings' }).check();
      await differs.getByText('epochs', { exact: true }).waitFor();
      await page.getByRole('img', { name: 'Chart: Loss' }).waitFor();

      await page.getByRole('button', { name: /Which one/ }).click();
      await page.getByRole('img', { name: 'Dice of each scan: Fast against Slow' }).waitFor();
      await page.getByRole('region', { name: 'What more labels would bring' }).getByText('at least three different numbers').waitFor();
      await station.context.addInitScript('window.print = () => { document.title = "printed"; }');
      const [report] = await Promise.all([station.context.waitForEvent('page'), page.getByRole('button', { name: 'Print' }).click()]);
      await expect.poll(() => report.title(), { timeout: LONG }).toBe('printed');
      await report.getByRole('heading', { name: 'How the models were made' }).waitFor();
      await report.close();

      await page
        .getByRole('button', { name: /by both models, side by side/ })
        .first()
        .click();
      await page.locator('[data-pane="second"] canvas').waitFor();
      await expect.poll(() => page.getByLabel('Layer of the second view').inputValue(), { timeout: LONG }).not.toBe('');
      const layers = await station.api<{ id: string; model?: string }[]>(`/scans/${await openScan()}/layers`);
      const modelOf = (id: string): string | undefined => layers.find((layer) => layer.id === id)?.model;
      expect(modelOf(await page.getByLabel('Layer of the second view').inputValue())).toBe(b);
      expect(modelOf(await page.getByLabel('Layer', { exact: true }).inputValue())).toBe(a);
    },
    VERY_LONG,
  );

  /** The scan that the models drew on. */
  async function openScan(): Promise<string> {
    const jobs = await station.api<Job[]>('/jobs');
    return jobs.flatMap(({ result }) => result?.layers ?? []).at(-1)?.scan ?? '';
  }
});
