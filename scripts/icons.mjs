// `npm run icons`: draws the program's icon into resources/icons, in the formats that each system wants. The drawing is our own: tiles of a
// mosaic (in Latin: tesserae), most of them masked, as the network sees a scan.
import { encode } from 'fast-png';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** In units of the picture's edge, which is 32. */
const GROUND = { x: 1, y: 1, size: 30, radius: 7, colour: [22, 27, 34] };
const TILE = { size: 6.4, gap: 1.2, start: 5.2, radius: 1.5 };
const COLOURS = { m: [50, 59, 71], a: [94, 200, 194], b: [236, 176, 88], c: [139, 164, 240] };
const MOSAIC = ['mam', 'bmm', 'mmc'];

const tiles = MOSAIC.flatMap((row, j) =>
  [...row].map((letter, i) => {
    const at = (index) => TILE.start + index * (TILE.size + TILE.gap);
    return { x: at(i), y: at(j), size: TILE.size, radius: TILE.radius, colour: COLOURS[letter] };
  }),
);
const shapes = [GROUND, ...tiles];
const folder = join(root, 'resources', 'icons');

mkdirSync(join(folder, 'linux'), { recursive: true });
const pictures = new Map([16, 24, 32, 48, 64, 128, 256, 512, 1024].map((size) => [size, draw(size)]));
const png = (size) => pictures.get(size);
for (const size of [16, 24, 32, 48, 64, 128, 256, 512]) writeFileSync(join(folder, 'linux', `${size}x${size}.png`), png(size));
writeFileSync(join(folder, 'tessera.png'), png(512));
writeFileSync(join(folder, 'tessera.svg'), svg());
writeFileSync(join(folder, 'tessera.ico'), ico([16, 24, 32, 48, 64, 128, 256]));
writeFileSync(join(folder, 'tessera.icns'), icns({ ic07: 128, ic08: 256, ic09: 512, ic10: 1024, icp4: 16, icp5: 32 }));

function svg() {
  const square = ({ x, y, size, radius, colour }) =>
    `  <rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${size}" height="${size}" rx="${radius}" fill="rgb(${colour.join(' ')})" />`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\n  <title>Tessera</title>\n${shapes.map(square).join('\n')}\n</svg>\n`;
}

/** PNG of this many pixels a side: sixteen samples a pixel make smooth edges. */
function draw(pixels) {
  const data = new Uint8Array(pixels * pixels * 4);
  const side = 4;
  for (let y = 0; y < pixels; y++)
    for (let x = 0; x < pixels; x++) {
      const sum = [0, 0, 0, 0];
      for (let sample = 0; sample < side * side; sample++) {
        const u = ((x + ((sample % side) + 0.5) / side) / pixels) * 32;
        const v = ((y + (Math.floor(sample / side) + 0.5) / side) / pixels) * 32;
        const shape = shapes.findLast((candidate) => covers(candidate, u, v));
        if (shape === undefined) continue;
        shape.colour.forEach((value, channel) => (sum[channel] += value));
        sum[3]++;
      }
      const [red, green, blue, count] = sum;
      const mean = (value) => (count === 0 ? 0 : Math.round(value / count));
      data.set([mean(red), mean(green), mean(blue), Math.round((count / (side * side)) * 255)], (y * pixels + x) * 4);
    }
  return Buffer.from(encode({ width: pixels, height: pixels, data, channels: 4, depth: 8 }));
}

function covers({ x, y, size, radius }, u, v) {
  const beyond = (value, start) => Math.max(start + radius - value, value - (start + size - radius), 0);
  return Math.hypot(beyond(u, x), beyond(v, y)) <= radius;
}

/** Windows: a table of pictures, then the pictures; 0 stands for 256. */
function ico(sizes) {
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let offset = head.length;
  sizes.forEach((size, index) => {
    const at = 6 + 16 * index;
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png(size).length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png(size).length;
  });
  return Buffer.concat([head, ...sizes.map(png)]);
}

/** macOS: each picture with its name and length before it. */
function icns(sizes) {
  const parts = Object.entries(sizes).map(([name, size]) => chunk(name, png(size)));
  return chunk('icns', Buffer.concat(parts));
}

function chunk(name, content) {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32BE(content.length + 8, 4);
  return Buffer.concat([head, content]);
}
