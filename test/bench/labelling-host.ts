import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pointLPS, type Triple } from '../../core/imaging/volume.ts';
import { decodeEdit, EDIT_TYPE, encodeEdit } from '../../core/labelling/edit-frame.ts';
import { encodeDelta, Stroke, type LabelDelta } from '../../core/labelling/index.ts';
import { engineProgram } from '../../core/service/engine/program.ts';
import { serveBrowser } from '../../core/service/serve.ts';
import { createWorkspace, openWorkspace } from '../../core/workspace/index.ts';

/**
 * Times drawing in a layer of 512 x 512 x 300 voxels through HTTP, to a host that is a process of its own: from the sending of a change to its
 * answer, which comes when the change is on the disk. Prints one JSON line of rows as test/bench/workstation.ts.
 */
interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms';
  readonly goal?: number;
}

const dims: Triple = [512, 512, 300];
const spacing: Triple = [0.7, 0.7, 1];
const [, , serve] = process.argv;
if (serve !== undefined) {
  const { address } = await serveBrowser(0, { version: 'bench', workspace: serve, work: { engineProgram: engineProgram() } });
  process.stdout.write(`${address}\n`);
} else process.stdout.write(`${JSON.stringify(await measured(mkdtempSync(join(tmpdir(), 'tessera-bench-'))))}\n`);

async function measured(folder: string): Promise<Row[]> {
  const workspace = await createWorkspace(folder, { name: 'bench' });
  const direction: [Triple, Triple, Triple] = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const voxels = new Int16Array(dims[0] * dims[1] * dims[2]);
  const { scan } = await workspace.addScan({
    volume: { geometry: { dims, spacing, origin: pointLPS(0, 0, 0), direction }, voxels, slope: 1, intercept: 0 },
  });
  const { id: layer } = await workspace.createLayer(scan.id, { name: 'bench' });
  await workspace.close();

  const host = spawn(process.execPath, [fileURLToPath(import.meta.url), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const address = await new Promise<string>((resolve) => host.stdout.once('data', (text: Buffer) => resolve(text.toString().trim())));
    const entered = await fetch(address, { redirect: 'manual' });
    const cookie = (entered.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
    const path = `/api/scans/${scan.id}/layers/${layer}`;
    const ask = (what: string, type?: string, body?: string | Uint8Array<ArrayBuffer>): Promise<Response> =>
      fetch(new URL(`${path}/${what}`, address), {
        headers: { Cookie: cookie, ...(type === undefined ? {} : { 'Content-Type': type }) },
        ...(body === undefined ? {} : { method: 'POST', body }),
      });
    const rows = await draw(ask);
    host.kill('SIGKILL');
    return [...rows, ...(await open(folder, scan.id, layer))];
  } finally {
    host.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function draw(ask: (what: string, type?: string, body?: string | Uint8Array<ArrayBuffer>) => Promise<Response>): Promise<Row[]> {
  const labels = new Uint8Array(dims[0] * dims[1] * dims[2]);
  let sequence = 0;
  const timed = async (what: string, type: string, body: string | Uint8Array<ArrayBuffer>): Promise<number> => {
    const start = performance.now();
    const answer = await ask(what, type, body);
    const state = (await answer.json()) as { sequence: number };
    const time = performance.now() - start;
    if (state.sequence !== ++sequence) throw new Error(`a change was not taken: ${answer.status}`);
    return time;
  };
  const step = (): string => JSON.stringify({ after: sequence, client: 'bench' });
  const send = (delta: LabelDelta): Promise<number> =>
    timed('edits', EDIT_TYPE, encodeEdit({ after: sequence, client: 'bench', title: 'Brush' }, delta));
  const dab = (radius: number, at: Triple, value: number): LabelDelta => {
    const stroke = new Stroke(labels, { dims, spacing }, { value, over: 'everything', locked: new Set() }, { shape: 'sphere', radius });
    stroke.to(at);
    return stroke.finish();
  };

  const strokes: number[] = [];
  let bytes = 0;
  for (let n = 0; n < 1000; n++) {
    const delta = dab(14, [60 + ((n * 37) % 380), 60 + ((n * 53) % 380), 30 + ((n * 11) % 240)], 1 + (n % 250));
    bytes += encodeDelta(delta).length;
    strokes.push(await send(delta));
  }
  const undos: number[] = [];
  const redos: number[] = [];
  const changes: number[] = [];
  for (let n = 0; n < 30; n++) {
    await send(dab(30, [100 + 10 * n, 256, 150], 1 + (n % 2)));
    undos.push(await timed('undo', 'application/json', step()));
    const start = performance.now();
    decodeEdit(new Uint8Array(await (await ask(`changes?after=${sequence - 1}`)).arrayBuffer()));
    changes.push(performance.now() - start);
    redos.push(await timed('redo', 'application/json', step()));
  }
  const voxels = performance.now();
  const read = new Uint8Array(await (await ask('voxels')).arrayBuffer());
  const readTime = performance.now() - voxels;
  if (Buffer.compare(read, labels) !== 0) throw new Error('the host has other labels');
  return [
    ...spread(`stroke of ${Math.round(bytes / strokes.length / 100) / 10} KB, acknowledged`, strokes),
    ...spread('undo of a ball of 30 mm, acknowledged', undos, 50),
    ...spread('what changed, for another window', changes),
    ...spread('redo of a ball of 30 mm, acknowledged', redos, 50),
    { what: 'all voxels of the layer', value: readTime, unit: 'ms' },
  ];
}

/** Opens the layer as the host left it when it was killed. */
async function open(folder: string, scan: string, layer: string): Promise<Row[]> {
  const workspace = await openWorkspace(folder);
  const start = performance.now();
  const opened = await workspace.openLayer(scan, layer);
  const time = performance.now() - start;
  if (opened.undoSteps !== 200) throw new Error('the history is not there');
  await workspace.close();
  return [{ what: `open a layer after ${opened.sequence} changes`, value: time, unit: 'ms' }];
}

function spread(what: string, times: readonly number[], goal?: number): Row[] {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
  return [
    { what: `${what}: median`, value: at(0.5), unit: 'ms', ...(goal === undefined ? {} : { goal }) },
    { what: `${what}: 95 %`, value: at(0.95), unit: 'ms' },
  ];
}
