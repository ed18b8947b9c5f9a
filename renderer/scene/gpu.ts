/** What the graphics of this machine can do. */
export interface GpuLimits {
  /** What the driver calls itself; empty where it does not say. */
  readonly renderer: string;
  /** True when the processor draws (SwiftShader, llvmpipe, ...): slices are fine, volumes must be small. */
  readonly software: boolean;
  /** Longest side of a 2-D and of a 3-D texture, in voxels. */
  readonly maxTexture: number;
  readonly maxTexture3D: number;
}

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
let known: GpuLimits | undefined;

/** Asks once. @returns undefined when this browser has no WebGL 2 at all: no view can be made then */
export function probeGpu(): GpuLimits | undefined {
  if (known !== undefined) return known;
  const gl = document.createElement('canvas').getContext('webgl2');
  if (gl === null) return undefined;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = info === null ? '' : String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL));
  known = {
    renderer,
    software: SOFTWARE.test(renderer),
    maxTexture: Number(gl.getParameter(gl.MAX_TEXTURE_SIZE)),
    maxTexture3D: Number(gl.getParameter(gl.MAX_3D_TEXTURE_SIZE)),
  };
  // A page may hold few contexts; this one has said what it can.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return known;
}
