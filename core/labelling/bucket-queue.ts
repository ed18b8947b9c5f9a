/**
 * Voxels that wait for their turn, the lowest cost first: a list for each cost (Dial, Communications of the ACM 12, 1969). Costs are whole
 * numbers below a limit. A voxel whose cost falls is simply put in again: whoever takes it out knows which entry is out of date.
 */
export class BucketQueue {
  readonly #lists: (Int32Array<ArrayBuffer> | undefined)[];
  readonly #lengths: Int32Array;
  /** Lists that ran empty and can serve another cost. */
  readonly #spare: Int32Array<ArrayBuffer>[] = [];

  constructor(limit: number) {
    this.#lists = new Array<undefined>(limit).fill(undefined);
    this.#lengths = new Int32Array(limit);
  }

  push(cost: number, voxel: number): void {
    const length = this.#lengths[cost] as number;
    let list = this.#lists[cost];
    if (list === undefined || length === list.length) list = this.#withRoom(cost, list);
    list[length] = voxel;
    this.#lengths[cost] = length + 1;
  }

  /** Empties the queue in order of cost; what `visit` puts in must cost more than what it was called with. */
  drain(visit: (cost: number, voxels: Int32Array, count: number) => void): void {
    for (let cost = 0; cost < this.#lists.length; cost++) {
      const list = this.#lists[cost];
      if (list === undefined) continue;
      visit(cost, list, this.#lengths[cost] as number);
      this.#lists[cost] = undefined;
      this.#lengths[cost] = 0;
      this.#spare.push(list);
    }
    this.#spare.length = 0;
  }

  #withRoom(cost: number, full: Int32Array<ArrayBuffer> | undefined): Int32Array<ArrayBuffer> {
    const list = full === undefined ? (this.#spare.pop() ?? new Int32Array(256)) : new Int32Array(2 * full.length);
    if (full !== undefined) list.set(full);
    this.#lists[cost] = list;
    return list;
  }
}
