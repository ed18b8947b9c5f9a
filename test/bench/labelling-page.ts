import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { HostProcess } from '../e2e/support/host-process.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { BenchPage } from './bench-page.ts';
import { scriptTime } from './script-time.ts';
import { benchWorkspace, TRUNK } from './workstation-workspace.ts';

/**
 * Times drawing in a layer of 512 x 512 x 300 voxels in the real page: what its own scripts take for a move of the brush and for undo, without
 * what vtk.js does to draw and without what other programs took of the processor, and how long the surface of an edited organ takes to follow.
 * Prints one JSON line of rows as test/bench/workstation.ts.
 */
interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms';
  readonly goal?: number;
}

const MOVES = 40;
/** The first strokes are compiled while they are drawn; nobody draws for the first time all day. */
const FIRST_MOVES = 15;
const UNDOS = 10;
/** Presses of ] from 5 mm to 30 mm or a little more. */
const TO_30_MM = 16;
const PANE_3D = '[data-pane="3d"]';

/** What the probe (page-probe.ts) puts on the window of the page. */
declare const bench: { time(element: unknown, drawnIn: string, whole: string): Promise<{ readonly first: number }> };

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const workspace = copied(await benchWorkspace(say));
const browser = await launchChromium();
try {
  console.log(JSON.stringify(await drawing(browser)));
} finally {
  await browser.close();
  rmSync(workspace, { recursive: true, force: true });
}

/** A copy, as the layer that is drawn would stay in the workspace of the other bench. */
function copied(original: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  const leave = new Set(['cache', 'runs', 'labels']);
  cpSync(original, folder, { recursive: true, filter: (path) => !leave.has(basename(path)) });
  return folder;
}
async function drawing(browser: Browser): Promise<Row[]> {
  const host = await HostProcess.start(workspace);
  try {
    const shown = await BenchPage.open(browser, host, TRUNK);
    await shown.read(TRUNK);
    const { page } = shown;
    await page.keyboard.press('l');
    await page.getByRole('button', { name: 'New layer' }).first().click();
    await page.getByRole('toolbar', { name: 'Drawing tools' }).waitFor();
    await page.keyboard.press('d');
    await page.keyboard.press('Shift+a');
    await page
      .getByRole('button', { name: /^Draw Segment/ })
      .first()
      .waitFor();
    say('brush of 5 mm');
    await moves(shown, host.origin, 0.2, FIRST_MOVES);
    const circle = await moves(shown, host.origin, 0);
    await page.keyboard.press('Shift+d');
    for (let n = 0; n < TO_30_MM; n++) await page.keyboard.press(']');
    say('ball of 30 mm');
    await moves(shown, host.origin, 0.1, FIRST_MOVES);
    const ball = await moves(shown, host.origin, -0.1);
    say('undo');
    return [
      { what: 'brush of 5 mm, script time of the page per move', value: circle, unit: 'ms', goal: 8 },
      { what: 'ball of 30 mm, script time of the page per move', value: ball, unit: 'ms', goal: 30 },
      ...(await undoing(shown, host.origin)),
    ];
  } finally {
    await host.stop();
  }
}

/** A stroke across the axial view. @param below its middle, as a part of its height @returns milliseconds per move */
async function moves(shown: BenchPage, origin: string, below: number, count = MOVES): Promise<number> {
  const { page, session } = shown;
  const box = await page.getByRole('application', { name: 'Axial view' }).boundingBox();
  if (!box) throw new Error('no axial view');
  const at = (n: number): [number, number] => [
    box.x + box.width * (0.3 + (0.4 * n) / MOVES),
    box.y + box.height * (0.5 + below + 0.1 * Math.sin(n / 6)),
  ];
  await page.mouse.move(...at(0));
  await page.mouse.down();
  const { own, served } = await scriptTime(session, origin, async () => {
    for (let n = 1; n <= count; n++) {
      await page.mouse.move(...at(n));
      await shown.frames();
    }
  });
  await page.mouse.up();
  await page.getByText('Everything is on disk').waitFor();
  say(`  ${(own / count).toFixed(1)} ms a move, ${Math.round(100 * served)} % of it with a processor`);
  return (own * served) / count;
}

/** Undoes and does again the stroke with the ball. */
async function undoing(shown: BenchPage, origin: string): Promise<Row[]> {
  const { page, session } = shown;
  const press = (step: 'Undo' | 'Redo'): Promise<{ readonly first: number }> =>
    page
      .getByRole('button', { name: new RegExp(`^${step}: Brush`) })
      .evaluate((button: unknown, pane) => bench.time(button, pane, pane), PANE_3D);
  const [scripts, surfaces]: [number[], number[]] = [[], []];
  for (let n = 0; n < UNDOS; n++) {
    const { own, served } = await scriptTime(session, origin, async () => void surfaces.push((await press('Undo')).first));
    scripts.push(own * served);
    surfaces.push((await press('Redo')).first);
  }
  say(`  surfaces after ${surfaces.map((time) => Math.round(time)).join(', ')} ms`);
  return [
    { what: 'undo of a stroke with it, script time of the page', value: median(scripts), unit: 'ms', goal: 50 },
    { what: 'live surface: from undo or redo of that stroke to its drawing', value: median(surfaces), unit: 'ms', goal: 300 },
  ];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
