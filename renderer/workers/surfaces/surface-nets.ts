/** A triangle mesh: points x, y, z one after the other; three point numbers a triangle, counter-clockwise seen from outside. */
export interface Mesh {
  readonly points: Float32Array;
  readonly triangles: Uint32Array;
}

/**
 * The surface of a binary mask by naive surface nets (Gibson 1998): one point in each cell of eight voxels that are not alike, at the mean
 * of the places where its edges cross the surface, and a square around each edge that crosses it. The mesh is closed and points outward.
 * @param mask 0 or 1, x fastest; its outermost voxels are all 0
 * @returns points in voxels of the mask
 */
export function surfaceNets(mask: Uint8Array, [width, height, depth]: readonly [number, number, number]): Mesh {
  const layer = width * height;
  // Two layers of cells are enough to find the neighbours of a square.
  const pointOf = new Int32Array(2 * layer);
  const points = new GrowingFloats();
  const triangles = new GrowingIndices();
  for (let z = 0; z < depth - 1; z++) {
    const here = (z & 1) * layer;
    const below = layer - here;
    for (let y = 0; y < height - 1; y++) {
      for (let x = 0; x < width - 1; x++) {
        const at = x + width * y + layer * z;
        const b0 = mask[at] as number;
        const b1 = mask[at + 1] as number;
        const b2 = mask[at + width] as number;
        const b3 = mask[at + width + 1] as number;
        const b4 = mask[at + layer] as number;
        const b5 = mask[at + layer + 1] as number;
        const b6 = mask[at + layer + width] as number;
        const b7 = mask[at + layer + width + 1] as number;
        const inside = b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7;
        if (inside === 0 || inside === 8) continue;

        // Along each axis: four edges cross half-way or not at all.
        const x0 = b0 ^ b1;
        const x1 = b2 ^ b3;
        const x2 = b4 ^ b5;
        const x3 = b6 ^ b7;
        const y0 = b0 ^ b2;
        const y1 = b1 ^ b3;
        const y2 = b4 ^ b6;
        const y3 = b5 ^ b7;
        const z0 = b0 ^ b4;
        const z1 = b1 ^ b5;
        const z2 = b2 ^ b6;
        const z3 = b3 ^ b7;
        const alongX = x0 + x1 + x2 + x3;
        const alongY = y0 + y1 + y2 + y3;
        const alongZ = z0 + z1 + z2 + z3;
        const crossings = alongX + alongY + alongZ;
        const here0 = here + y * width + x;
        pointOf[here0] = points.add(
          x + (0.5 * alongX + y1 + y3 + z1 + z3) / crossings,
          y + (x1 + x3 + 0.5 * alongY + z2 + z3) / crossings,
          z + (x2 + x3 + y2 + y3 + 0.5 * alongZ) / crossings,
        );

        // A square around each of the three edges that leave the first corner, through the four cells that share the edge.
        const p = pointOf[here0];
        if (x0 === 1)
          triangles.square(
            b0 === 1,
            p,
            pointOf[here0 - width] as number,
            pointOf[below + (y - 1) * width + x] as number,
            pointOf[below + y * width + x] as number,
          );
        if (y0 === 1)
          triangles.square(
            b0 === 0,
            p,
            pointOf[here0 - 1] as number,
            pointOf[below + y * width + x - 1] as number,
            pointOf[below + y * width + x] as number,
          );
        if (z0 === 1)
          triangles.square(
            b0 === 1,
            p,
            pointOf[here0 - 1] as number,
            pointOf[here0 - width - 1] as number,
            pointOf[here0 - width] as number,
          );
      }
    }
  }
  return { points: points.values(), triangles: triangles.values() };
}

class GrowingFloats {
  #values = new Float32Array(3 * 4096);
  #length = 0;

  add(x: number, y: number, z: number): number {
    if (this.#length + 3 > this.#values.length) {
      const larger = new Float32Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    const number = this.#length / 3;
    this.#values[this.#length++] = x;
    this.#values[this.#length++] = y;
    this.#values[this.#length++] = z;
    return number;
  }

  values(): Float32Array {
    return this.#values.slice(0, this.#length);
  }
}

class GrowingIndices {
  #values = new Uint32Array(6 * 4096);
  #length = 0;

  /** Two triangles of a square with corners in order; reversed unless `forward`. */
  square(forward: boolean, a: number, b: number, c: number, d: number): void {
    if (this.#length + 6 > this.#values.length) {
      const larger = new Uint32Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    const [second, fourth] = forward ? [b, d] : [d, b];
    this.#values[this.#length++] = a;
    this.#values[this.#length++] = second;
    this.#values[this.#length++] = c;
    this.#values[this.#length++] = a;
    this.#values[this.#length++] = c;
    this.#values[this.#length++] = fourth;
  }

  values(): Uint32Array {
    return this.#values.slice(0, this.#length);
  }
}
