import { writeFileAtomic } from '../../base/atomic-file.ts';
import type { Surface } from './surface.ts';

/** 3D Slicer reads the space of coordinates from this; other programs pass over it. */
const SPACE = 'SPACE=LPS';

/** Writes a surface as binary STL, LPS millimetres. The name goes into no place but the header, of which 80 bytes are left. */
export async function writeStl(path: string, surface: Surface, name: string): Promise<void> {
  await writeFileAtomic(path, stlPieces(surface, name));
}

const TRIANGLE_BYTES = 50;
const TRIANGLES_AT_ONCE = 20_000;

function* stlPieces({ vertices, triangles }: Surface, name: string): Generator<Uint8Array> {
  const header = Buffer.alloc(84);
  header.write(`Tessera ${SPACE} mm ${name.replace(/[^\x20-\x7e]/g, '_')}`.slice(0, 80), 'latin1');
  const count = triangles.length / 3;
  header.writeUInt32LE(count, 80);
  yield header;
  for (let first = 0; first < count; first += TRIANGLES_AT_ONCE) {
    const n = Math.min(TRIANGLES_AT_ONCE, count - first);
    const view = new DataView(new ArrayBuffer(n * TRIANGLE_BYTES));
    for (let t = 0; t < n; t++) {
      const corners = [0, 1, 2].map((c) => 3 * (triangles[3 * (first + t) + c] as number));
      const points = corners.map((at) => [vertices[at] as number, vertices[at + 1] as number, vertices[at + 2] as number] as const);
      [normalOf(points), ...points].forEach((point, p) =>
        point.forEach((value, c) => view.setFloat32(t * TRIANGLE_BYTES + 12 * p + 4 * c, value, true)),
      );
    }
    yield new Uint8Array(view.buffer);
  }
}

type Point = readonly [number, number, number];

function normalOf(points: readonly Point[]): Point {
  const [a, b, c] = points as readonly [Point, Point, Point];
  const [u, v] = [
    [b[0] - a[0], b[1] - a[1], b[2] - a[2]],
    [c[0] - a[0], c[1] - a[1], c[2] - a[2]],
  ] as readonly [Point, Point];
  const n: Point = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  const length = Math.hypot(...n);
  return length > 0 ? [n[0] / length, n[1] / length, n[2] / length] : [0, 0, 0];
}

/** Writes surfaces as one OBJ file, an object each, LPS millimetres. */
export async function writeObj(path: string, surfaces: readonly { readonly name: string; readonly surface: Surface }[]): Promise<void> {
  await writeFileAtomic(path, objPieces(surfaces));
}

const LINES_AT_ONCE = 20_000;

function* objPieces(surfaces: readonly { readonly name: string; readonly surface: Surface }[]): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(`# Tessera, ${SPACE}, millimetres\n`);
  let before = 1;
  for (const { name, surface } of surfaces) {
    yield encoder.encode(`o ${name.replace(/\s+/g, '_')}\n`);
    const line = {
      v: (i: number): string => `v ${[0, 1, 2].map((c) => (surface.vertices[3 * i + c] as number).toFixed(4)).join(' ')}\n`,
      f: (i: number): string => `f ${[0, 1, 2].map((c) => (surface.triangles[3 * i + c] as number) + before).join(' ')}\n`,
    };
    for (const [kind, count] of [
      ['v', surface.vertices.length / 3],
      ['f', surface.triangles.length / 3],
    ] as const) {
      for (let first = 0; first < count; first += LINES_AT_ONCE) {
        const n = Math.min(LINES_AT_ONCE, count - first);
        yield encoder.encode(Array.from({ length: n }, (_, i) => line[kind](first + i)).join(''));
      }
    }
    before += surface.vertices.length / 3;
  }
}
