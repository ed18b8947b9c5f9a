import { expect, it } from 'vitest';
import type { Job } from '../../core/service/api/jobs.ts';
import type { LayerSummary } from '../../core/service/api/layers.ts';
import type { ScanListing } from '../../core/service/api/scans.ts';
import { clientOf, compiled, describeCompiled, jobInState, openHost } from './support.ts';

describeCompiled('the sample scans', () => {
  it('are imported with their labels', async () => {
    const host = await openHost(undefined, { engineProgram: compiled });
    const client = clientOf(host);
    const json = async <T>(path: string): Promise<T> => (await (await client.get(path)).json()) as T;
    const { id, kind } = (await (await client.post('/samples')).json()) as Job;
    expect(kind).toBe('import');
    const { error, result } = await jobInState(host, id, 'done', 'failed');
    expect(error).toBeUndefined();
    expect(result?.problems).toEqual([]);
    const { scans } = await json<ScanListing>('/scans');
    expect(scans.length).toBe(11);
    expect(scans.every(({ layers }) => layers === 1)).toBe(true);
    const ct = scans.find(({ dims }) => dims.join() === '122,101,30');
    const [organs] = await json<LayerSummary[]>(`/scans/${ct?.id ?? ''}/layers`);
    expect(organs?.segments.map(({ name }) => name)).toEqual(expect.arrayContaining(['liver', 'spleen', 'aorta']));
  }, 120_000);
});
