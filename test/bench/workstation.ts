import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { HostProcess } from '../e2e/support/host-process.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { BenchPage } from './bench-page.ts';
import { scriptTime } from './script-time.ts';
import { benchWorkspace, SMALL_DIMS, SMALL_SCANS, smallTitle, TRUNK, TRUNK_DIMS } from './workstation-workspace.ts';

/**
 * Times the workstation as a browser shows it: host, window, volumes, slices, memory, inspection. Prints one JSON line; a goal is the most
 * that is allowed. Drawing is the processor's, so numbers of a machine with a graphics card are better.
 */
interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | 'MB' | 'requests' | 'times' | 'textures';
  /** At most; none where the number is told for comparison only. */
  readonly goal?: number;
}

const ROUNDS = 3;
const SLICES = 60;
const [MB, MS] = [1e6, 1000];
const bytes = (dims: readonly number[]): number => 2 * dims.reduce((a, b) => a * b, 1);

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const workspace = await benchWorkspace(say);
const browser = await launchChromium();
try {
  const rows = [...(await starting(browser)), ...(await reading(browser)), ...(await inspecting(browser))];
  console.log(JSON.stringify(rows));
} finally {
  await browser.close();
}

async function starting(browser: Browser): Promise<Row[]> {
  const [ready, usable]: [number[], number[]] = [[], []];
  // The first one makes the small pictures of the library.
  for (let round = 0; round <= ROUNDS; round++) {
    say(`starting, ${round} of ${ROUNDS}`);
    const began = performance.now();
    const host = await HostProcess.start(workspace);
    const listening = performance.now() - began;
    const page = await BenchPage.open(browser, host, TRUNK);
    if (round > 0) {
      ready.push(listening);
      usable.push(performance.now() - began);
    }
    await page.close();
    await host.stop();
  }
  return [
    { what: 'host ready', value: median(ready), unit: 'ms', goal: 1.5 * MS },
    { what: 'window usable (host started, library painted)', value: median(usable), unit: 'ms', goal: 3 * MS },
  ];
}

async function reading(browser: Browser): Promise<Row[]> {
  forget('levels');
  const host = await HostProcess.start(workspace);
  const [coarse, whole, rows]: [number[], number[], Row[]] = [[], [], []];
  for (let round = 0; round <= ROUNDS; round++) {
    say(`a large volume, ${round} of ${ROUNDS}`);
    const page = await BenchPage.open(browser, host, TRUNK);
    const shown = await page.read(TRUNK);
    if (round === 0) rows.push({ what: '157 MB, never opened before: first slice', value: shown.first, unit: 'ms' });
    else {
      coarse.push(shown.first);
      whole.push(shown.whole);
    }
    if (round === ROUNDS) rows.push(...(await scrolling(page, host.origin)), ...(await memoryOf(page)));
    await page.close();
  }
  const page = await BenchPage.open(browser, host, TRUNK);
  rows.push(...(await inTurn(page)));
  await page.close();
  await host.stop();
  return [
    { what: '157 MB, cached: first coarse slice', value: median(coarse), unit: 'ms', goal: 0.5 * MS },
    { what: '157 MB, cached: all of it', value: median(whole), unit: 'ms', goal: 2.5 * MS },
    ...rows,
  ];
}

async function scrolling(shown: BenchPage, origin: string): Promise<Row[]> {
  say('scrolling');
  const { page, session } = shown;
  let requests = 0;
  page.on('request', () => requests++);
  await page.getByRole('application', { name: 'Axial view' }).focus();
  const { own, drawing } = await scriptTime(session, origin, async () => {
    for (let n = 0; n < SLICES; n++) {
      await page.keyboard.press('ArrowUp');
      await shown.frames();
    }
  });
  return [
    { what: 'script time per slice', value: own / SLICES, unit: 'ms', goal: 4 },
    { what: 'script time per slice of vtk.js, drawing', value: drawing / SLICES, unit: 'ms' },
    { what: `requests while scrolling ${SLICES} slices`, value: requests, unit: 'requests', goal: 0 },
  ];
}

async function memoryOf(page: BenchPage): Promise<Row[]> {
  const { heap, resident, peak } = await page.memory();
  const voxels = bytes(TRUNK_DIMS);
  return [
    { what: 'page memory, by voxel bytes', value: heap / voxels, unit: 'times', goal: 3 },
    ...(resident === undefined ? [] : [{ what: 'process of the page, by voxel bytes', value: resident / voxels, unit: 'times' } as const]),
    ...(peak === undefined ? [] : [{ what: 'its peak, by voxel bytes', value: peak / voxels, unit: 'times' } as const]),
  ];
}

/** Ten volumes one after another: what grows after the second is never given back. */
async function inTurn(page: BenchPage): Promise<Row[]> {
  const seen = [];
  for (let number = 1; number <= SMALL_SCANS; number++) {
    say(`volume ${number} of ${SMALL_SCANS}`);
    await page.read(smallTitle(number));
    seen.push({ ...(await page.memory()), ...(await page.alive()) });
  }
  const [early, last] = [seen[1], seen.at(-1)];
  if (early === undefined || last === undefined) throw new Error('too few volumes');
  return [
    {
      what: `growth over ${SMALL_SCANS - 2} volumes of ${Math.round(bytes(SMALL_DIMS) / MB)} MB`,
      value: (last.heap - early.heap) / MB,
      unit: 'MB',
      // Lists of what was opened, compiled code.
      goal: 3,
    },
    { what: 'textures more', value: last.textures - early.textures, unit: 'textures', goal: 0 },
  ];
}

async function inspecting(browser: Browser): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [title, size] of [
    [smallTitle(1), '17 MB'],
    [TRUNK, '157 MB'],
  ] as const) {
    say(`inspecting ${size}`);
    forget('inspect');
    const host = await HostProcess.start(workspace);
    const page = await BenchPage.open(browser, host, TRUNK);
    await page.read(title);
    const cold = await page.inspect();
    rows.push(...told(`inspecting ${size}, engine cold`, cold));
    const warm = [];
    for (let round = 0; round < ROUNDS; round++) warm.push(await page.inspectAgain());
    const [first, whole] = [median(warm.map((shown) => shown.first)), median(warm.map((shown) => shown.whole))];
    rows.push(...told(`inspecting ${size}, warm`, { first, whole }));
    if (title === TRUNK) rows.push(...told('inspecting another of 17 MB', await page.inspectOther(smallTitle(2))));
    await page.close();
    await host.stop();
  }
  return rows;
}

function told(what: string, { first, whole }: { readonly first: number; readonly whole: number }): Row[] {
  return [
    { what: `${what}: first picture`, value: first, unit: 'ms', goal: 1.5 * MS },
    { what: `${what}: all pictures`, value: whole, unit: 'ms' },
  ];
}

/** Takes away what a host computed in former runs. */
function forget(kind: 'levels' | 'inspect'): void {
  rmSync(join(workspace, 'cache', kind), { recursive: true, force: true });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
