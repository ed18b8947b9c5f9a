import { join } from 'node:path';
import { projectFolder } from '../../../core/base/project-folder.ts';

/** The project's folder, and what of it the stories use. */
export const root = projectFolder();
export const program = join(root, 'dist', 'core', 'cli', 'main.js');
export const samples = join(root, 'resources', 'samples');
