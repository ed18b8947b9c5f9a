import { dispose, keep, tensor, type Tensor } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import { cropSizeOf, type MethodSettings } from './method-settings.ts';
import { sinCosPositions } from './positions.ts';
import { gridOfView } from './views.ts';

/** The grid on which places are measured (method 4.11): `positionGrid`, else that of the local views, or of the crops. */
export function positionReference(
  s: Pick<MethodSettings, 'method' | 'positionGrid' | 'localSize' | 'cropSize'> & { readonly encoder: { readonly patch: Triple } },
): Triple {
  return s.positionGrid ?? gridOfView(s.method === 'gl-mae' ? s.localSize : cropSizeOf(s), s.encoder.patch);
}

/** Fixed positions (method 5.2) of several grids, all measured on one (4.11). Each table is computed once. */
export class PositionTables {
  private readonly reference: Triple;
  private readonly tables = new Map<string, Tensor>();

  constructor(reference: Triple) {
    this.reference = reference;
  }

  /** @returns (N, width); it stays the tables' own */
  of(grid: Triple, width: number): Tensor {
    const key = `${grid.join('x')} ${String(width)}`;
    const known = this.tables.get(key);
    if (known !== undefined) return known;
    const rows = grid[0] * grid[1] * grid[2];
    const table = keep(tensor(sinCosPositions(width, grid, this.reference), [rows, width]));
    this.tables.set(key, table);
    return table;
  }

  dispose(): void {
    dispose(...this.tables.values());
    this.tables.clear();
  }
}
