import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder with model.json: the one given, or `model/` of a fine-tuning run. What is in neither is refused where it is read. */
export function modelFolder(given: string): string {
  const inRun = join(given, 'model');
  return !existsSync(join(given, 'model.json')) && existsSync(join(inRun, 'model.json')) ? inRun : given;
}
