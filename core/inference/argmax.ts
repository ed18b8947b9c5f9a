/**
 * The class of the highest logit of each voxel; of equal ones the first.
 * @param logits (V, K)
 * @param out filled from its beginning
 */
export function argmaxLabels(logits: Float32Array, classes: number, out = new Uint8Array(logits.length / classes)): Uint8Array {
  const voxels = logits.length / classes;
  for (let v = 0; v < voxels; v++) {
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
