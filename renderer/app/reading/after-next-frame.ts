/** Does something once the next frame, with all that is to be drawn in it, is done. @returns gives it up */
export function afterNextFrame(then: () => void): () => void {
  let frame = requestAnimationFrame(() => (frame = requestAnimationFrame(then)));
  return () => cancelAnimationFrame(frame);
}
