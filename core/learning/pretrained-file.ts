import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { TesseraError } from '../base/errors.ts';
import { readSafetensors, writeSafetensors, type SafetensorsEntry, type SafetensorsFile } from '../compute/safetensors.ts';
import { pretrainingMethod } from '../model/pretraining-methods.ts';
import { pretrainSettings, type PretrainSettings } from './pretrain-settings.ts';
import type { RunDocument, RunFolder } from './run-folder.ts';

// A pre-training run as one file: the weights of student and teacher after a step, and what is needed to use them elsewhere. Scans, folders and
// patients of the house are left out, and the optimiser: the run cannot go on from it, another one can begin with it.

const SCHEMA = 'tessera-pretrained/1';
const FIELD = 'tessera';
const OPTIMISER = ['m/', 'v/'];
/** More than anybody has; the document of the run names each. */
const MOST_SCANS = 1e6;

const header = z.object({
  schema: z.literal(SCHEMA),
  name: z.string(),
  settings: pretrainSettings,
  seed: z.number().int(),
  /** Scans that it learned from. */
  scans: z.number().int().min(0).max(MOST_SCANS),
  versions: z.record(z.string(), z.string()),
  started: z.string(),
  numbers: z.object({ step: z.number().int().min(0) }),
  /** SHA-256 of names, shapes and values of all tensors, in the order of the names. */
  sha256: z.string(),
});

/**
 * Writes a run as one .safetensors file.
 * @param step of the weights
 * @throws TesseraError `bad-model`, `write-failed`
 */
export async function writePretrainedFile(
  to: string,
  { run, document }: { run: RunFolder; document: RunDocument },
  step: number,
): Promise<void> {
  const file = await readSafetensors(await run.weightsPath(step));
  try {
    const names = file.names.filter((name) => !OPTIMISER.some((prefix) => name.startsWith(prefix))).sort();
    const about: z.input<typeof header> = {
      schema: SCHEMA,
      name: typeof document.extra['name'] === 'string' ? document.extra['name'] : '',
      settings: pretrainSettings.parse(document.settings),
      seed: document.seed,
      scans: document.data.cases.length,
      versions: document.versions,
      started: document.started,
      numbers: { step },
      sha256: await checksum(file, names),
    };
    const entries = new Map<string, SafetensorsEntry>(
      names.map((name) => [name, { shape: file.shapeOf(name) ?? [], data: () => file.float32(name) }]),
    );
    await writeSafetensors(to, entries, { [FIELD]: JSON.stringify(about) });
  } finally {
    await file.close();
  }
}

/** Whether a file is one that `writePretrainedFile` wrote, as its header says. */
export function isPretrainedFile({ metadata }: Pick<SafetensorsFile, 'metadata'>): boolean {
  return metadata[FIELD]?.includes(SCHEMA) === true;
}

/**
 * Makes a run of such a file, in a folder that is there. Its document is written last, so a folder with it is complete.
 * @throws TesseraError `bad-model` when the file is damaged
 */
export async function readPretrainedFile(path: string, folder: string): Promise<void> {
  const file = await readSafetensors(path);
  try {
    const about = headerOf(file, path);
    const names = [...file.names].sort();
    if ((await checksum(file, names)) !== about.sha256)
      throw new TesseraError('bad-model', 'was changed or damaged: its checksum does not fit.', {
        subject: path,
        advice: 'Copy it again, or export the run again.',
      });
    checkShapes(file, about.settings, path);
    const { step } = about.numbers;
    const entries = new Map<string, SafetensorsEntry>(
      names.map((name) => [name, { shape: file.shapeOf(name) ?? [], data: () => file.float32(name) }]),
    );
    await mkdir(join(folder, 'checkpoints'), { recursive: true });
    await writeSafetensors(join(folder, 'checkpoints', `step-${String(step)}.safetensors`), entries, {
      [FIELD]: JSON.stringify({ schema: 'tessera-checkpoint/1', numbers: about.numbers }),
    });
    const document: RunDocument = {
      schema: 'tessera-run/1',
      kind: 'pretrain',
      settings: about.settings,
      seed: about.seed,
      data: {
        folder: '',
        cases: Array.from({ length: about.scans }, (_, n) => ({ id: `scan ${String(n + 1)}`, use: 'unlabelled', sha256: '' })),
      },
      versions: about.versions,
      started: about.started,
      extra: { name: about.name, imported: true },
    };
    await writeFileAtomic(join(folder, 'run.json'), `${JSON.stringify(document, null, 2)}\n`);
  } finally {
    await file.close();
  }
}

function headerOf({ metadata }: SafetensorsFile, path: string): z.infer<typeof header> {
  try {
    return header.parse(JSON.parse(metadata[FIELD] ?? ''));
  } catch (cause) {
    throw new TesseraError('bad-model', 'does not tell which network it is for.', {
      subject: path,
      advice: 'Export the run again, with a program of this version.',
      cause,
    });
  }
}

/** A file that somebody made by hand, or a program of another version, is refused here and not hours later by a run that begins with it. */
function checkShapes(file: SafetensorsFile, settings: PretrainSettings, path: string): void {
  const method = pretrainingMethod(settings);
  const { student } = method.specs;
  method.dispose();
  // Snapshots keep no projection head.
  const wanted = student.filter(({ name }) => !name.startsWith('head.'));
  const wrong = wanted.find(({ name, shape }) => file.shapeOf(`student/${name}`)?.join() !== shape.join());
  if (wrong === undefined) return;
  throw new TesseraError('bad-model', `has no ${wrong.name} of shape ${wrong.shape.join('x')}, which its settings call for.`, {
    subject: path,
    advice: 'Export the run again.',
  });
}

async function checksum(file: SafetensorsFile, names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    const values = await file.float32(name);
    hash.update(`${name} ${(file.shapeOf(name) ?? []).join('x')}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
