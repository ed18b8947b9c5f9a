import { expect, it } from 'vitest';
import { engineRequests } from '../../../core/service/api/engine.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import { readScan } from '../../../core/imaging/index.ts';
import { contextOf, newWorkspace, sample, sampleLabels, temporary } from './support.ts';

const folder = temporary();
const colours = ['#aa3300', '#00aa33'] as const;
const table = [
  { value: 1, name: 'anterior', colour: colours[0] },
  { value: 2, name: 'posterior', colour: colours[1] },
];

it('compares the layers of readers on a real scan, and makes one of three', async () => {
  const workspace = await newWorkspace(folder);
  const { volume } = await readScan(sample('hippocampus_025'));
  const { scan } = await workspace.addScan({ volume });
  const truth = Uint8Array.from((await readScan(sampleLabels('hippocampus_025'))).volume.voxels);
  /** One who forgets every n-th voxel of the first organ, and numbers them the other way round. */
  const forgetful = truth.map((label, v) => (label === 0 ? 0 : label === 1 && v % 5 === 0 ? 0 : 3 - label));
  const turned = [
    { value: 2, name: 'Anterior' },
    { value: 1, name: 'posterior ' },
  ];
  const layer = async (name: string, initial: Uint8Array, labels = table as typeof turned): Promise<string> =>
    (await workspace.createLayer(scan.id, { name, kind: 'label', initial, labels })).id;
  const anna = await layer('Anna', truth);
  const ben = await layer('Ben', forgetful, turned);
  const eve = await layer('Eve', truth);

  const context = contextOf(workspace);
  const asked = { scan: scan.id, first: anna, second: ben, tolerance: 1 };
  const { organs } = engineRequests.agreement.output.parse(await handlers.agreement(asked, context));
  const count = (labels: Uint8Array, value: number): number => labels.reduce((sum, label) => sum + (label === value ? 1 : 0), 0);
  const [all, some] = [count(truth, 1), count(forgetful, 2)];
  expect(organs.map(({ name }) => name)).toEqual(['anterior', 'posterior']);
  expect(organs[0]?.dice).toBeCloseTo((2 * some) / (all + some), 12);
  expect(organs[0]?.volumeDifference).toBeCloseTo((200 * (some - all)) / (some + all), 9);
  expect(organs[1]).toMatchObject({ dice: 1, surfaceDice: 1, hd95: 0, volumeDifference: 0 });

  for (const method of ['majority', 'staple'] as const) {
    const request = { scan: scan.id, layers: [anna, ben, eve], method, name: 'Consensus' };
    const made = engineRequests.consensus.output.parse(await handlers.consensus(request, context));
    expect(context.events.at(-1)).toEqual({ kind: 'layer-stored', scan: scan.id, layer: made.layer });
    const opened = await workspace.openLayer(scan.id, made.layer);
    expect([...opened.labels]).toEqual([...truth]);
    expect(opened.segments).toEqual(table);
    expect(opened.document).toMatchObject({ name: 'Consensus', kind: 'label' });
    await opened.close();
  }
  expect((await workspace.auditEntries()).at(-1)).toMatchObject({ what: 'consensus-made', about: { method: 'staple', layers: 3 } });
  await workspace.close();
});
