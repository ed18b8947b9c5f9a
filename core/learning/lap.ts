/** What a piece of work took, in milliseconds: on the clock, and of all processors together. */
export interface Lap {
  readonly clock: number;
  readonly processor: number;
}

/** Begins to measure. @returns what was taken from then to the call, of the whole process */
export function startLap(): () => Lap {
  const [began, used] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { clock: performance.now() - began, processor: (user + system) / 1000 };
  };
}

/** The smaller of both: what else the machine did is not to be counted. */
export function shorter(a: Lap, b: Lap): Lap {
  return { clock: Math.min(a.clock, b.clock), processor: Math.min(a.processor, b.processor) };
}

/** Laps one after another, each so many times. */
export function lapsTogether(...laps: readonly { readonly lap: Lap; readonly times: number }[]): Lap {
  const sum = (of: (lap: Lap) => number): number => laps.reduce((total, { lap, times }) => total + of(lap) * times, 0);
  return { clock: sum(({ clock }) => clock), processor: sum(({ processor }) => processor) };
}

export const endless: Lap = { clock: Infinity, processor: Infinity };
