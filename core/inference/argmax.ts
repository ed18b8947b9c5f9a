/** The class of the highest logit of each voxel. @param logits (V, K) */
export function argmaxLabels(logits: Float32Array, classes: number): Uint8Array {
  const out = new Uint8Array(logits.length / classes);
  for (let v = 0; v < out.length; v++) {
    let best = 0;
    let highest = logits[v * classes] as number;
    for (let c = 1; c < classes; c++) {
      const value = logits[v * classes + c] as number;
      if (value > highest) {
        highest = value;
        best = c;
      }
    }
    out[v] = best;
  }
  return out;
}
