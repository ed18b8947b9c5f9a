import { adamwStep, dispose, keep, scalar, squaredNorm, zeros, type AdamwWeight, type Tensor } from '../compute/index.ts';
import type { ParameterSpec } from '../model/parameters.ts';

export interface OptimiserSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Gradients are scaled down when their global norm exceeds this. */
  readonly clip: number;
}

/** What one parameter differs in. */
export interface ParameterGroup {
  /** Factor on the learning rate (layer decay); 0 freezes. */
  readonly rate: number;
  /** Whether weight decay applies. */
  readonly decays: boolean;
}

/** No decay on biases, norms and other 1-D tensors, class and mask token, positions (method 4.14). */
export function decays(spec: ParameterSpec): boolean {
  return spec.shape.length > 1 && !spec.name.endsWith('position_embeddings');
}

/**
 * Factor on the learning rate of a layer of the encoder (method 11.2): decay^(layers − layer), so decay^(depth + 1) for the embedding and
 * decay^(depth − i) for block i; 1 for what is no such layer.
 * @param layer see `SegmentationNetwork.layerOf`
 */
export function layerDecay(layer: number | undefined, layers: number, decay: number): number {
  return layer === undefined ? 1 : decay ** (layers - layer);
}

/** AdamW over named parameters, with clipping by the global norm (docs/method.md, Optimisation). Owns first and second moments. */
export class Optimiser {
  readonly parameters: Map<string, Tensor>;
  readonly m = new Map<string, Tensor>();
  readonly v = new Map<string, Tensor>();
  private readonly settings: OptimiserSettings;
  private readonly groupOf: (name: string) => ParameterGroup;
  /** Steps taken. */
  steps = 0;

  /** @param parameters updated in place: after each step the map holds the new tensors */
  constructor(parameters: Map<string, Tensor>, settings: OptimiserSettings, groupOf: (name: string) => ParameterGroup) {
    this.parameters = parameters;
    this.settings = settings;
    this.groupOf = groupOf;
  }

  /** The parameters that can move. */
  trainable(): Map<string, Tensor> {
    return new Map([...this.parameters].filter(([name]) => this.groupOf(name).rate > 0));
  }

  /**
   * One step. Disposes the gradients.
   * @returns the global norm before clipping; when it is not finite nothing is changed
   */
  async step(gradients: ReadonlyMap<string, Tensor>, learningRate: number): Promise<number> {
    const square = keep(squaredNorm([...gradients.values()]));
    const norm = Math.sqrt(await scalar(square));
    dispose(square);
    if (Number.isFinite(norm)) {
      this.steps += 1;
      this.update(gradients, learningRate, norm > this.settings.clip ? this.settings.clip / norm : 1);
    }
    dispose(...gradients.values());
    return norm;
  }

  dispose(): void {
    dispose(...this.m.values(), ...this.v.values());
  }

  private update(gradients: ReadonlyMap<string, Tensor>, learningRate: number, gradientScale: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.settings;
    const names: string[] = [];
    const weights: AdamwWeight[] = [];
    for (const [name, gradient] of gradients) {
      const value = this.parameters.get(name);
      if (value === undefined) continue;
      const group = this.groupOf(name);
      names.push(name);
      weights.push({
        value,
        m: this.m.get(name) ?? keep(zeros(value.shape)),
        v: this.v.get(name) ?? keep(zeros(value.shape)),
        gradient,
        learningRate: learningRate * group.rate,
        weightDecay: group.decays ? weightDecay : 0,
      });
    }
    const next = adamwStep(weights, { beta1, beta2, epsilon, step: this.steps, gradientScale });
    for (const [i, { value, m, v }] of next.entries()) {
      const name = names[i] ?? '';
      this.parameters.set(name, value);
      this.m.set(name, m);
      this.v.set(name, v);
    }
  }
}
