import type { ParameterSpec } from './parameters.ts';

/** Values as PyTorch lays them out, from ours (method 7.1). */
export function toTorch(values: Float32Array, spec: ParameterSpec): Float32Array {
  return rearranged(values, spec, (torch, ours, from, to) => {
    to[torch] = from[ours] as number;
  });
}

/** Values as they lie here, from PyTorch's (method 7.1). */
export function fromTorch(values: Float32Array, spec: ParameterSpec): Float32Array {
  return rearranged(values, spec, (torch, ours, from, to) => {
    to[ours] = from[torch] as number;
  });
}

type Move = (torch: number, ours: number, from: Float32Array, to: Float32Array) => void;

function rearranged(from: Float32Array, spec: ParameterSpec, move: Move): Float32Array {
  const to = new Float32Array(from.length);
  const [a = 1, b = 1, ...kernel] = spec.torchShape;
  const taps = kernel.reduce((product, k) => product * k, 1);
  switch (spec.layout) {
    case 'plain':
    case 'patch':
      return Float32Array.from(from);
    case 'conv1':
      for (let out = 0; out < a; out++) for (let into = 0; into < b; into++) move(out * b + into, into * a + out, from, to);
      return to;
    case 'conv3':
      for (let out = 0; out < a; out++)
        for (let into = 0; into < b; into++)
          for (let t = 0; t < taps; t++) move((out * b + into) * taps + t, (t * b + into) * a + out, from, to);
      return to;
    case 'up':
      for (let into = 0; into < a; into++)
        for (let out = 0; out < b; out++)
          for (let t = 0; t < taps; t++) move((into * b + out) * taps + t, (into * taps + t) * b + out, from, to);
      return to;
  }
}
