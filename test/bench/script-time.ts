import type { CDPSession } from 'playwright-core';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** Milliseconds that a page spent in its own scripts. */
export interface ScriptTime {
  /** Without what vtk.js does to draw. */
  readonly own: number;
  /** vtk.js, from the scene that is given to it to the calls of WebGL. */
  readonly drawing: number;
  /**
   * Of the time in which the page was at work, the part in which it had a processor: 1 on an idle machine. The others times this are processor
   * time, in which other programs do not count.
   */
  readonly served: number;
}

/** Where vtk.js begins to draw (GlSurface.render). */
const DRAWING = /traverseAllPasses$/;
const MICROSECONDS_BETWEEN_SAMPLES = 100;

/** Looks on ten thousand times a second what the page's scripts are doing meanwhile. @param origin where those scripts come from */
export async function scriptTime(session: CDPSession, origin: string, work: () => Promise<void>): Promise<ScriptTime> {
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: MICROSECONDS_BETWEEN_SAMPLES });
  const began = await threadTime(session);
  await session.send('Profiler.start');
  await work();
  const { profile } = await session.send('Profiler.stop');
  const thread = (await threadTime(session)) - began;
  const spent = new Map<number, number>();
  (profile.samples ?? []).forEach((node, at) => spent.set(node, (spent.get(node) ?? 0) + (profile.timeDeltas?.[at] ?? 0)));
  const idle = profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)');
  const sum = (times: Iterable<number>): number => [...times].reduce((all, one) => all + one / 1000, 0);
  const busy = sum(spent.values()) - sum(idle.map(({ id }) => spent.get(id) ?? 0));
  return { ...sumOf(profile.nodes, spent, origin), served: Math.min(1, thread / busy) };
}

/** Milliseconds that the page's main thread had a processor so far. */
async function threadTime(session: CDPSession): Promise<number> {
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'ThreadTime')?.value ?? NaN);
}

function sumOf(nodes: readonly ProfileNode[], spent: ReadonlyMap<number, number>, origin: string): Omit<ScriptTime, 'served'> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const time = { own: 0, drawing: 0 };
  const walk = (id: number, of: 'others' | keyof typeof time): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const { functionName, url } = node.callFrame;
    const now = DRAWING.test(functionName) ? 'drawing' : of === 'others' && url.startsWith(origin) ? 'own' : of;
    if (now !== 'others') time[now] += (spent.get(id) ?? 0) / 1000;
    for (const child of node.children ?? []) walk(child, now);
  };
  const [root] = nodes;
  if (root !== undefined) walk(root.id, 'others');
  return time;
}
