// Labelling in rounds with the model's help, simulated through the API: `npm run bench -- labelling-loop` prints one JSON document. A person who
// knows the reference corrects what the model proposes; scans are chosen by the ranking, or at random.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../../core/base/project-folder.ts';
import { seededRandom } from '../../core/base/random.ts';
import { startBackend } from '../../core/compute/index.ts';
import { findTrainingCases, readScan, type DatasetCase } from '../../core/imaging/index.ts';
import { engineProgram } from '../../core/service/engine/program.ts';
import { Host } from '../../core/service/host.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { Person, structures } from './labelling-person.ts';
import { tinyPretraining } from './study-network.ts';

const { values: o } = parseArgs({
  options: {
    data: { type: 'string', default: join(projectFolder(), '..', 'shared', 'data', 'hippocampus_msd') },
    arms: { type: 'string', default: 'ranking,random' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '10' },
    each: { type: 'string', default: '5' },
    pool: { type: 'string', default: '70' },
    test: { type: 'string', default: '12' },
    /** Of each training; or passes over its scans. */
    steps: { type: 'string', default: '200' },
    passes: { type: 'string' },
    /** One seed for all trainings, not one for each round. */
    'same-seed': { type: 'boolean', default: false },
    epochs: { type: 'string', default: '30' },
  },
});
const numbers = [o.seed, o.rounds, o.each, o.pool, o.test, o.steps, o.epochs].map(Number);
const [seed, rounds, each, pool, test, steps, epochs] = numbers as [number, number, number, number, number, number, number];

interface Round {
  readonly round: number;
  /** Mean Dice on the locked scans: of the model that was made, and of the one in use after the round. */
  readonly made: number | null;
  readonly inUse: number | null;
  readonly verdict: string;
  /** Voxels that the person changed in the round, and those that the structures have. */
  readonly touched: number;
  readonly scratch: number;
}

const folder = mkdtempSync(join(tmpdir(), 'tessera-loop-'));
try {
  const backend = await startBackend();
  const { cases } = await findTrainingCases(o.data);
  const order = [...seededRandom(seed).fork('cases').permutation(cases.length)].flatMap((at) => cases[at] ?? []);
  const [tested, chosen] = [order.slice(0, test), order.slice(test, test + pool)];
  const encoder = join(folder, 'encoder');
  await tinyPretraining(o.data, new Set(chosen.map(({ id }) => id)), encoder, epochs, seed, backend);
  const found: Record<string, Round[]> = {};
  for (const arm of o.arms.split(',')) found[arm] = await label(arm, tested, chosen, encoder);
  console.log(
    JSON.stringify({
      settings: { seed, rounds, each, pool, test, steps, passes: o.passes, sameSeed: o['same-seed'], epochs, backend: backend.name },
      rounds: found,
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function label(arm: string, tested: readonly DatasetCase[], chosen: readonly DatasetCase[], encoder: string): Promise<Round[]> {
  const place = join(folder, arm);
  const references = await fill(place, tested, chosen);
  cpSync(encoder, join(place, 'runs', 'encoder'), { recursive: true });
  const host = new Host({ version: 'bench', desktop: false, work: { engineProgram: engineProgram() } });
  await host.openWorkspace(place);
  try {
    const person = new Person(host, references, {
      steps,
      seed,
      ...(o.passes === undefined ? {} : { passes: Number(o.passes) }),
      sameSeed: o['same-seed'],
    });
    const random = [...seededRandom(seed).fork('order').permutation(chosen.length)].flatMap((at) => [...references.keys()][at] ?? []);
    const done: Round[] = [];
    let inUse: number | null = null;
    for (let round = 1; round <= rounds; round++) {
      const scans = arm === 'random' ? random.slice((round - 1) * each, round * each) : await person.next(each);
      const { touched, scratch } = await person.correct(scans);
      const { improvement, taken } = await person.improve(round);
      const made = improvement.comparison?.new ?? null;
      if (taken) inUse = made;
      done.push({ round, made, inUse, verdict: improvement.verdict, touched, scratch });
      process.stderr.write(`${new Date().toISOString()} ${arm} ${JSON.stringify(done.at(-1))}\n`);
    }
    return done;
  } finally {
    await host.close();
  }
}

/** Makes the workspace: scans without labels, and the locked test scans with labels that are done. @returns the reference of each of the first */
async function fill(place: string, tested: readonly DatasetCase[], chosen: readonly DatasetCase[]): Promise<Map<string, Uint8Array>> {
  const workspace = await createWorkspace(place, { name: 'loop' });
  const references = new Map<string, Uint8Array>();
  const locked: string[] = [];
  for (const { images, label: path } of [...tested, ...chosen]) {
    const { volume } = await readScan(images[0] ?? '');
    const { scan } = await workspace.addScan({ volume });
    const reference = Uint8Array.from((await readScan(path ?? '')).volume.voxels);
    if (locked.length < tested.length) {
      locked.push(scan.id);
      const labels = structures.map((name, at) => ({ value: at + 1, name, state: 'done' as const }));
      await workspace.createLayer(scan.id, { name: 'reference', kind: 'label', labels, initial: reference });
    } else references.set(scan.id, reference);
  }
  await workspace.saveSplit('test', { training: [], test: locked });
  await workspace.close();
  return references;
}
