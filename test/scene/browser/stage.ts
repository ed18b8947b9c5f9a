import type { View, ViewPoint } from '../../../renderer/scene/index.ts';

/** A container of a view on the page. */
export function container(width = 320, height = 320): HTMLElement {
  const element = document.createElement('div');
  element.className = 'view';
  Object.assign(element.style, { width: `${width}px`, height: `${height}px` });
  document.body.append(element);
  return element;
}

/** What a view shows, as pixels. */
export class Shot {
  readonly #data: ImageData;
  readonly #ratio: number;

  constructor(view: View) {
    const picture = view.picture();
    const context = picture.getContext('2d');
    if (context === null) throw new Error('no 2-D canvas');
    this.#data = context.getImageData(0, 0, picture.width, picture.height);
    this.#ratio = picture.width / view.canvas.clientWidth;
  }

  /** Red, green, blue at a place in CSS pixels. */
  at({ x, y }: ViewPoint): [number, number, number] {
    const at = 4 * (Math.floor(x * this.#ratio) + this.#data.width * Math.floor(y * this.#ratio));
    const [r = -1, g = -1, b = -1] = this.#data.data.subarray(at, at + 3);
    return [r, g, b];
  }

  /** The middle of all pixels that match, in CSS pixels, and how many there are. */
  centreOf(match: (r: number, g: number, b: number) => boolean): { readonly x: number; readonly y: number; readonly pixels: number } {
    let [x, y, pixels] = [0, 0, 0];
    const { data, width, height } = this.#data;
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const at = 4 * (column + width * row);
        if (!match(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0)) continue;
        x += column + 0.5;
        y += row + 0.5;
        pixels++;
      }
    return { x: x / pixels / this.#ratio, y: y / pixels / this.#ratio, pixels };
  }

  get bytes(): Uint8ClampedArray {
    return this.#data.data;
  }

  /** The largest and the mean difference of a colour channel. */
  differenceTo(other: Shot): { readonly largest: number; readonly mean: number } {
    let [largest, sum] = [0, 0];
    for (let at = 0; at < this.bytes.length; at++) {
      const difference = Math.abs((this.bytes[at] ?? 0) - (other.bytes[at] ?? 0));
      largest = Math.max(largest, difference);
      sum += difference;
    }
    return { largest, mean: this.bytes.length === other.bytes.length ? sum / this.bytes.length : Infinity };
  }
}
