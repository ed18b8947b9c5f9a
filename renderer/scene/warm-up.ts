import { createSliceView } from './create-views.ts';
import { pointLPS } from './grid.ts';
import { VolumeImage } from './volume-image.ts';

/**
 * Draws a slice of a few voxels where nobody sees it: the first slice of a page waits for its shaders and for what vtk.js tries out
 * of the graphics card, and this does it before there is a scan to wait for.
 * @throws Error when the browser has no WebGL 2
 */
export async function warmUpGraphics(): Promise<void> {
  const direction = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  const geometry = { dims: [2, 2, 2], spacing: [1, 1, 1], origin: pointLPS(0, 0, 0), direction } as const;
  const volume = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 1] });
  volume.setVoxels(new Int16Array(8));
  const view = createSliceView(document.createElement('div'), 'axial');
  try {
    view.setVolume(volume);
    await view.drawn();
  } finally {
    view.delete();
  }
}
