import type { BrowserWindow, Rectangle } from 'electron';
import * as z from 'zod';
import { JsonFile } from './json-file.ts';

const pixels = z.number().int().min(-100_000).max(100_000);
const size = z.number().int().min(200).max(100_000);

const keptWindow = z.object({
  bounds: z.object({ x: pixels.exactOptional(), y: pixels.exactOptional(), width: size, height: size }),
  maximized: z.boolean(),
});
/** Where the window was; without x and y the system places it. */
export type KeptWindow = z.infer<typeof keptWindow>;

const FIRST: KeptWindow = { bounds: { width: 1440, height: 900 }, maximized: false };
/** So much of the window must be on a screen to take hold of it. */
const VISIBLE = 100;
const WRITE_AFTER = 500;

export function windowStateFile(path: string): JsonFile<KeptWindow> {
  return new JsonFile(path, keptWindow);
}

/** @param screens the work areas of the screens there are now: one may have been unplugged since */
export async function lastWindow(file: JsonFile<KeptWindow>, screens: readonly Rectangle[]): Promise<KeptWindow> {
  const kept = (await file.read()) ?? FIRST;
  const { x, y, width, height } = kept.bounds;
  if (x === undefined || y === undefined || screens.some((screen) => shows(screen, { x, y, width, height }))) return kept;
  return { ...kept, bounds: { width, height } };
}

function shows(screen: Rectangle, window: Rectangle): boolean {
  const overlap = (a: number, aLength: number, b: number, bLength: number): number => Math.min(a + aLength, b + bLength) - Math.max(a, b);
  return (
    overlap(screen.x, screen.width, window.x, window.width) >= VISIBLE &&
    overlap(screen.y, screen.height, window.y, window.height) >= VISIBLE &&
    // The title bar is the top of the window.
    window.y >= screen.y - VISIBLE / 2
  );
}

/** Keeps where the window is, a moment after it has come to rest, and when it closes. */
export function keepWindowState(
  window: Pick<BrowserWindow, 'on' | 'getNormalBounds' | 'isMaximized' | 'isDestroyed'>,
  file: JsonFile<KeptWindow>,
): void {
  let timer: NodeJS.Timeout | undefined;
  const write = (): void => {
    clearTimeout(timer);
    if (!window.isDestroyed()) void file.write({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(write, WRITE_AFTER);
  };
  window.on('resize', soon).on('move', soon).on('close', write);
}
