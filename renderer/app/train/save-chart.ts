/** Properties of the page's style that a chart needs to look the same elsewhere. */
const PROPERTIES = ['fill', 'stroke', 'stroke-width', 'stroke-linejoin', 'opacity', 'font-size', 'font-family', 'text-anchor'] as const;

/** A chart as a file of its own: what the page's style said is written into it. */
export function svgBlob(svg: SVGSVGElement): Blob {
  return new Blob([new XMLSerializer().serializeToString(selfContained(svg))], { type: 'image/svg+xml' });
}

/** A chart as a picture. @param scale pixels for each of its units */
export async function svgToPng(svg: SVGSVGElement, scale: number): Promise<Blob> {
  const { width, height } = svg.viewBox.baseVal;
  const address = URL.createObjectURL(svgBlob(svg));
  try {
    const image = new Image(width * scale, height * scale);
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width * scale, height * scale];
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob === null ? reject(new Error('The picture could not be made.')) : resolve(blob)), 'image/png'),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}

export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

function selfContained(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const { width, height } = svg.viewBox.baseVal;
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const originals = [...svg.querySelectorAll('*')];
  for (const [n, element] of [...copy.querySelectorAll('*')].entries()) {
    const original = originals[n];
    if (original === undefined) continue;
    const style = getComputedStyle(original);
    for (const name of PROPERTIES) element.setAttribute(name, style.getPropertyValue(name));
    element.removeAttribute('class');
  }
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ width: '100%', height: '100%', fill: getComputedStyle(document.body).backgroundColor }))
    ground.setAttribute(name, value);
  copy.prepend(ground);
  return copy;
}
