import { parseArgs } from 'node:util';
import { startBackend, type BackendName } from '../../core/compute/index.ts';
import { glmae, unetrStep, window, type WorkloadOptions } from './workloads.ts';

/** Times one workload in this process and prints one JSON line, as `torch_reference.py` does. */
const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '192' },
    heads: { type: 'string', default: '3' },
    globals: { type: 'string', default: '1' },
    locals: { type: 'string', default: '4' },
    decoder: { type: 'string', default: '288x4x8' },
    features: { type: 'string', default: '16' },
    size: { type: 'string', default: '96' },
    classes: { type: 'string', default: '14' },
    volume: { type: 'string', default: '160x160x128' },
    overlap: { type: 'string', default: '0.5' },
    runs: { type: 'string', default: '3' },
    backend: { type: 'string', default: 'auto' },
  },
});
const triple = (text: string): [number, number, number] => {
  const [a = 0, b = 0, c = 0] = text.split('x').map(Number);
  return [a, b, c];
};
const options: WorkloadOptions = {
  width: Number(o.width),
  heads: Number(o.heads),
  globals: Number(o.globals),
  locals: Number(o.locals),
  decoder: triple(o.decoder),
  features: Number(o.features),
  size: Number(o.size),
  classes: Number(o.classes),
  volume: triple(o.volume),
  overlap: Number(o.overlap),
};
const makers = { glmae, unetr: unetrStep, window };
const what = positionals[0] as keyof typeof makers;

const backend = await startBackend(o.backend as BackendName | 'auto');
const step = makers[what](options);
await step();
const times: number[] = [];
for (let run = 0; run < Number(o.runs); run++) {
  const began = performance.now();
  await step();
  times.push(performance.now() - began);
}
times.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    workload: what,
    ...o,
    ms: Math.round((times[times.length >> 1] ?? 0) * 10) / 10,
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    threads: backend.threads,
    backend: backend.version,
    fused: backend.fused,
  }),
);
