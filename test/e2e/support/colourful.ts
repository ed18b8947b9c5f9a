import { decode } from 'fast-png';

/** Share of the pixels of a picture that are coloured: scans are grey, what is laid over them is not. */
export function colourful(png: Buffer): number {
  const { width, height, data, channels } = decode(png);
  if (channels < 3) return 0;
  let coloured = 0;
  for (let at = 0; at < data.length; at += channels) {
    const [r, g, b] = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
    if (Math.max(r, g, b) - Math.min(r, g, b) > 40) coloured++;
  }
  return coloured / (width * height);
}
