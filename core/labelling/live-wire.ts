import { type Triple } from '../imaging/volume.ts';
import { edgeCosts, NODE_COST, TURN_COST, type EdgeCosts } from './edge-costs.ts';
import { planeAxes } from './index-space.ts';
import { type Axis, type Grid, type ScanValues } from './rules.ts';
import { sliceValues, type SliceValues } from './slice-values.ts';

/**
 * A wire that clings to the edges of one slice (Mortensen & Barrett, "Intelligent scissors for image composition", 1995). The first wire looks
 * at the slice, each anchor computes the cheapest way to all voxels of the slice, and a path is then only looked up: fit for every move of the
 * pointer.
 */
export class LiveWire {
  readonly #axis: Axis;
  readonly #plane: SliceValues;
  readonly #costs: EdgeCosts;
  readonly #links: readonly Link[];
  /** Number of the link by which the cheapest way from the anchor comes to a voxel. */
  readonly #arrival: Uint8Array;
  readonly #cost: Uint32Array;
  #anchor: number | undefined;

  /** @throws TesseraError `grid-mismatch` for a scan of other voxels; `bad-setting` for a slice that the grid has not */
  constructor(values: ScanValues, grid: Grid, axis: Axis, slice: number) {
    this.#axis = axis;
    this.#plane = sliceValues(values, grid, axis, slice);
    this.#costs = edgeCosts(this.#plane);
    this.#links = linksOf(this.#plane);
    this.#arrival = new Uint8Array(this.#plane.values.length);
    this.#cost = new Uint32Array(this.#plane.values.length);
  }

  /** Where the wire is held. A continuous voxel position; one outside the slice holds it at the border. */
  anchor(point: Triple): void {
    this.#anchor = this.#nodeAt(point);
    this.#spread(this.#anchor);
  }

  /** The voxels of the wire from the anchor to a point, both included. Empty without an anchor. */
  path(point: Triple): Triple[] {
    const { width, toVoxel } = this.#plane;
    if (this.#anchor === undefined) return [];
    const voxels: Triple[] = [];
    for (let node = this.#nodeAt(point); ; node -= this.#links[this.#arrival[node] as number]?.offset ?? 0) {
      voxels.push(toVoxel(node % width, Math.floor(node / width)));
      if (node === this.#anchor) return voxels.reverse();
    }
  }

  /**
   * Dijkstra's algorithm. Costs are small whole numbers, so that waiting voxels stand in a ring of lists, one a cost (Dial, 1969), and nothing
   * is sorted.
   */
  #spread(from: number): void {
    const { width, height } = this.#plane;
    const [cost, arrival, links] = [this.#cost, this.#arrival, this.#links];
    const ring: number[][] = Array.from({ length: ringSize(links) }, () => []);
    cost.fill(0xffffffff);
    cost[from] = 0;
    ring[0]?.push(from);
    for (let waiting = 1, now = 0; waiting > 0; now++) {
      const list = ring[now % ring.length] as number[];
      for (let node = list.pop(); node !== undefined; node = list.pop()) {
        waiting--;
        if (cost[node] !== now) continue;
        const x = node % width;
        const y = (node - x) / width;
        for (let l = 0; l < links.length; l++) {
          const link = links[l] as Link;
          if (x + link.dx < 0 || x + link.dx >= width || y + link.dy < 0 || y + link.dy >= height) continue;
          const next = node + link.offset;
          const there = now + this.#linkCost(node, next, link);
          if (there >= (cost[next] as number)) continue;
          cost[next] = there;
          arrival[next] = l;
          (ring[there % ring.length] as number[]).push(next);
          waiting++;
        }
      }
    }
  }

  #linkCost(from: number, to: number, { angle, length }: Link): number {
    const { node, direction } = this.#costs;
    // The link is compared with the edge's direction at both ends; along the edge or against it is one, but the same at both.
    const leave = ((direction[from] as number) - angle) & 255;
    const backwards = leave > 64 && leave < 192;
    const arrive = ((direction[to] as number) - angle + (backwards ? 128 : 0)) & 255;
    const bend = (backwards ? Math.abs(128 - leave) : Math.min(leave, 256 - leave)) + Math.min(arrive, 256 - arrive);
    return 1 + Math.round(length * ((node[to] as number) + (TURN_COST * bend) / 192));
  }

  #nodeAt(point: Triple): number {
    const { width, height } = this.#plane;
    const [u, v] = planeAxes(this.#axis);
    const inside = (at: number, size: number): number => Math.min(size - 1, Math.max(0, Math.round(at) || 0));
    return inside(point[u], width) + width * inside(point[v], height);
  }
}

/** The wire between two points of a slice. For a pointer that moves, keep a {@link LiveWire}. */
export function liveWire(values: ScanValues, grid: Grid, axis: Axis, slice: number, from: Triple, to: Triple): Triple[] {
  const wire = new LiveWire(values, grid, axis, slice);
  wire.anchor(from);
  return wire.path(to);
}

/** A step to one of the eight neighbours. */
interface Link {
  readonly dx: number;
  readonly dy: number;
  readonly offset: number;
  /** A full turn is 256. */
  readonly angle: number;
  /** In units of the shorter side of a voxel. */
  readonly length: number;
}

function linksOf({ width, spacing: [sx, sy] }: SliceValues): Link[] {
  const unit = Math.min(sx, sy);
  const steps = [[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]] as const; // prettier-ignore
  return steps.map(([dx, dy]) => ({
    dx,
    dy,
    offset: dx + width * dy,
    angle: Math.round((Math.atan2(dy * sy, dx * sx) / (2 * Math.PI)) * 256) & 255,
    // Thick slices seen from the side: the ring stays short, and beyond this a step across costs enough.
    length: Math.min(LONGEST, Math.hypot(dx * sx, dy * sy) / unit),
  }));
}

function ringSize(links: readonly Link[]): number {
  return 2 + Math.ceil(Math.max(...links.map(({ length }) => length)) * (NODE_COST + TURN_COST));
}

const LONGEST = 16;
