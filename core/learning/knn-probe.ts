import type { LabelledFeatures } from './linear-probe.ts';

const NEIGHBOURS = 20;
/** Temperature of the votes. */
const TEMPERATURE = 0.07;

/**
 * The class of each row by its 20 nearest neighbours (method, Probes): cosine similarity s, votes exp(s / 0.07), as DINO's k-NN evaluation has it
 * (facebookresearch/dino, eval_knn.py; k of 10 to 200 there).
 * @param features (rows, d)
 */
export function predictByNeighbours(known: LabelledFeatures, features: Float32Array, classes: number): Uint8Array {
  const d = known.width;
  const [reference, asked] = [unitRows(known.features, d), unitRows(features, d)];
  const similar = new Float32Array(known.labels.length);
  return Uint8Array.from({ length: features.length / d }, (_, row) => {
    const x = asked.subarray(row * d, (row + 1) * d);
    for (let n = 0; n < similar.length; n++) {
      let dot = 0;
      for (let i = 0, at = n * d; i < d; i++, at++) dot += (x[i] as number) * (reference[at] as number);
      similar[n] = dot;
    }
    return vote(similar, known.labels, classes);
  });
}

function vote(similar: Float32Array, labels: Uint8Array, classes: number): number {
  const least = similar.length <= NEIGHBOURS ? -Infinity : (similar.slice().sort()[similar.length - NEIGHBOURS] as number);
  const votes = new Float64Array(classes);
  let left = NEIGHBOURS;
  const count = (n: number): void => {
    const label = labels[n] as number;
    votes[label] = (votes[label] as number) + Math.exp((similar[n] as number) / TEMPERATURE);
    left--;
  };
  for (let n = 0; n < similar.length; n++) if ((similar[n] as number) > least) count(n);
  // Of several as near as the last, the first.
  for (let n = 0; n < similar.length && left > 0; n++) if (similar[n] === least) count(n);
  return votes.reduce((best, value, label) => (value > (votes[best] as number) ? label : best), 0);
}

function unitRows(features: Float32Array, d: number): Float32Array {
  const out = new Float32Array(features.length);
  for (let at = 0; at < features.length; at += d) {
    let square = 0;
    for (let i = at; i < at + d; i++) square += (features[i] as number) ** 2;
    const factor = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = at; i < at + d; i++) out[i] = (features[i] as number) * factor;
  }
  return out;
}
