import type { View } from '../../scene/index.ts';

/** Height of the line that names the patient's scan, in CSS pixels. */
const LINE = 26;

/**
 * Saves what the views show, with letters, ruler and measurements, as one PNG in the layout of the screen. The pixels hold nothing that
 * names a patient but what `words` says.
 * @param grid the element around the panes; each pane holds its view's canvas and the SVG over it
 * @param words written above the pictures; none for a picture without patient data
 */
export async function savePicture(grid: HTMLElement, views: readonly View[], words: string | undefined): Promise<void> {
  await Promise.all(views.map((view) => view.drawn()));
  const canvas = await drawPicture(grid, views, words);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The browser made no PNG of the picture.');
  saveBlob(blob, `tessera-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.png`);
}

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the blob by the next task.
  setTimeout(() => URL.revokeObjectURL(url));
}

async function drawPicture(grid: HTMLElement, views: readonly View[], words: string | undefined): Promise<HTMLCanvasElement> {
  const frame = grid.getBoundingClientRect();
  const scale = window.devicePixelRatio;
  const top = words === undefined ? 0 : LINE;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(frame.width * scale);
  canvas.height = Math.round((frame.height + top) * scale);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The browser has no canvas to draw on.');
  context.scale(scale, scale);
  context.fillStyle = '#000';
  context.fillRect(0, 0, frame.width, frame.height + top);
  if (words !== undefined) {
    context.fillStyle = '#f2f5f8';
    context.font = '13px system-ui, sans-serif';
    context.fillText(words, 10, 17);
  }
  for (const view of views) {
    const box = view.canvas.getBoundingClientRect();
    const [x, y] = [box.left - frame.left, box.top - frame.top + top];
    context.drawImage(view.picture(), x, y, box.width, box.height);
    for (const marks of view.canvas.closest('.pane')?.querySelectorAll('svg.marks') ?? []) {
      const place = marks.getBoundingClientRect();
      context.drawImage(await imageOf(marks, place), place.left - frame.left, place.top - frame.top + top, place.width, place.height);
    }
  }
  return canvas;
}

function imageOf(svg: Element, { width, height }: DOMRect): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as Element;
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  // An image has no style sheet to tell it its size.
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  return image.decode().then(() => image);
}
