import type { Host } from '../api/host.ts';
import type { GeometryDocument } from '../api/types.ts';

/** The middle slice of a volume as a picture: width, height and a grey of 0 to 255 for each pixel. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly greys: Uint8ClampedArray;
}

export interface Reconstruction {
  readonly masked: GreyPicture;
  readonly reconstructed: GreyPicture;
  /** Mean absolute error of what was hidden. */
  readonly error: number;
}

const MASK_RATIO = 0.75;
const SEED = 1;

/** Reconstructions of one view of a scan along a run; the host keeps them, so that they are computed once. */
export class RunPictures {
  readonly #host: Host;
  readonly #known = new Map<string, Promise<Reconstruction>>();

  constructor(host: Host) {
    this.#host = host;
  }

  of(run: string, epoch: number, scan: string): Promise<Reconstruction> {
    const key = `${run} ${epoch} ${scan}`;
    const known = this.#known.get(key) ?? this.#make(run, epoch, scan);
    this.#known.set(key, known);
    known.catch(() => this.#known.delete(key));
    return known;
  }

  async #make(model: string, checkpoint: number, scan: string): Promise<Reconstruction> {
    const { geometry } = await this.#host.scan(scan);
    const view = { kind: 'global', centre: centreOf(geometry) } as const;
    const {
      id,
      geometry: grid,
      range,
      error,
    } = await this.#host.inspect({ model, checkpoint, scan, view, maskRatio: MASK_RATIO, seed: SEED });
    const voxels = grid.dims[0] * grid.dims[1] * grid.dims[2];
    const [masked, reconstructed] = await Promise.all(
      (['masked', 'reconstructed'] as const).map(async (name) =>
        middleSlice(new Float32Array(await this.#host.inspected(id, name, voxels)), grid.dims, range),
      ),
    );
    if (masked === undefined || reconstructed === undefined) throw new Error('two volumes were asked for');
    return { masked, reconstructed, error: error.ofMasked };
  }
}

function centreOf({ dims, spacing, origin, direction }: GeometryDocument): [number, number, number] {
  const along = [0, 1, 2].map((axis) => ((dims[axis] ?? 1) - 1) * 0.5 * (spacing[axis] ?? 1));
  const at = (row: 0 | 1 | 2): number => origin[row] + direction.reduce((sum, column, axis) => sum + column[row] * (along[axis] ?? 0), 0);
  return [at(0), at(1), at(2)];
}

/** In radiological convention; the axes of the view run to Right, Anterior, Superior. */
export function middleSlice(
  values: Float32Array,
  dims: readonly [number, number, number],
  [low, high]: readonly [number, number],
): GreyPicture {
  const [width, height, depth] = dims;
  const first = (depth >> 1) * width * height;
  const greys = new Uint8ClampedArray(width * height);
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const value = values[first + i + width * j] ?? Number.NaN;
      greys[width - 1 - i + width * (height - 1 - j)] = high > low ? (255 * (value - low)) / (high - low) : 0;
    }
  return { width, height, greys };
}
