import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What `manifest.json` in a runtime's folder says. It is written last: a folder without it is not a runtime. */
const manifestSchema = z.object({
  format: z.literal(1),
  /** TensorFlow's version, such as `2.21.0`. */
  version: z.string(),
  variant: z.enum(['cpu', 'cuda']),
  /** File names and SHA-256 of the wheels that were unpacked, TensorFlow's first. */
  wheels: z.array(z.object({ name: z.string(), sha256: z.string() })),
  /** Libraries in `lib/`. The headers in `include/` were checked when they were unpacked and are not listed. */
  libraries: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  installed: z.string(),
});

export type RuntimeManifest = z.infer<typeof manifestSchema>;

export const manifestName = 'manifest.json';

/** The manifest of a runtime's folder, or `undefined` where none is readable. */
export function readManifest(folder: string): RuntimeManifest | undefined {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(join(folder, manifestName), 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // No folder, no file, or not JSON: all mean that nothing usable is installed there.
    return undefined;
  }
}
