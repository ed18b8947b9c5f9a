import type { Command } from 'commander';
import { numberBetween } from '../arguments.ts';
import { startSoundBackend } from '../backend.ts';
import type { Verb } from '../verb.ts';

interface DemoCliOptions {
  readonly out: string;
  readonly minutes?: number;
}

export const demoVerb: Verb = {
  name: 'demo',
  summary:
    'the whole story on the bundled scans: pre-train, fine-tune from it and from scratch, segment held-out scans, evaluate, reconstruct',
  writes: 'runs, models, labels, `report.html` with pictures',
  define: (command: Command) =>
    command
      .requiredOption('--out <dir>', 'folder for everything')
      .option('--minutes <n>', 'time to aim for', numberBetween(0, 10_000, { above: true })),
  run: async (session, _args, { out, minutes }: DemoCliOptions) => {
    const backend = await startSoundBackend(session);
    const { demo } = await import('../demo.ts');
    const options = { out, seed: session.options.seed, backend, ...(minutes === undefined ? {} : { minutes }) };
    const { report, numbers } = await demo(options, session.task);
    session.answer({ report, numbers }, `The report is at ${report}`);
  },
};
