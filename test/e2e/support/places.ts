import { join } from 'node:path';

/** The project's folder, and what of it the stories use. */
export const root = join(import.meta.dirname, '..', '..', '..');
export const program = join(root, 'dist', 'core', 'cli', 'main.js');
export const samples = join(root, 'resources', 'samples');
