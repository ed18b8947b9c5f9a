import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { projectFolder } from '../../base/project-folder.ts';

const split = z.object({ labelled: z.array(z.string()).min(1) });

/** Scans that ship with the program, and their label maps: the CT, and the MR crops of which `tessera demo` sees the labels. */
export async function sampleFiles(folder = join(projectFolder(), 'resources', 'samples')): Promise<string[]> {
  const { labelled } = split.parse(JSON.parse(await readFile(join(folder, 'hippocampus', 'split.json'), 'utf8')));
  const cases = [['abdomen_ct', 'abdomen'] as const, ...labelled.map((name) => ['hippocampus', name] as const)];
  return cases.flatMap(([set, name]) => ['images', 'labels'].map((kind) => join(folder, set, kind, `${name}.nii.gz`)));
}
