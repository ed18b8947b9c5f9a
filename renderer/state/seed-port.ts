import type { SeedAnswer, SeedRequest } from '../workers/labelling/seed-preview.ts';

/** Growing from seeds, away from the page. */
export interface SeedPort {
  ask(request: SeedRequest): void;
  close(): void;
}

/** Begins a worker. @param answered each request is answered once, in order @param broken it has ended by itself */
export type OpenSeedPort = (answered: (answer: SeedAnswer) => void, broken: (message: string) => void) => SeedPort;

export const openSeedWorker: OpenSeedPort = (answered, broken) => {
  const worker = new Worker(new URL('../workers/growing.worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<SeedAnswer>) => answered(data);
  worker.onerror = (event) => broken(event.message);
  return { ask: (request) => worker.postMessage(request), close: () => worker.terminate() };
};
