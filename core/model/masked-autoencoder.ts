import { scope, slice, type Tensor } from '../compute/index.ts';
import { decode, decoderSpecs } from './decoder.ts';
import type { MethodSettings } from './method-settings.ts';
import type { ParameterSpec, Parameters } from './parameters.ts';
import type { PositionTables } from './position-tables.ts';
import type { Views } from './pretraining-method.ts';
import { classToken, encode, vitSpecs } from './vit.ts';

/** Encoder with class token (method 5.1). */
export function encoderSpecs(s: MethodSettings): ParameterSpec[] {
  return [...vitSpecs(s.encoder), classToken(s.encoder)];
}

/** Encoder (method 5.1) and decoder (5.3). */
export function maskedAutoencoderSpecs(s: MethodSettings): { encoder: ParameterSpec[]; decoder: ParameterSpec[] } {
  return { encoder: encoderSpecs(s), decoder: decoderSpecs(s.decoder, s.encoder) };
}

/**
 * Encoder on the visible patches, decoder on all (method 2.2, 2.3): what GL-MAE and MAE share.
 * @returns z: (V, 1 + n, d), encoder output; prediction: (V, N − n or N, C·P³), in the order of `places`
 */
export function maskedAutoencoder(
  views: Views,
  p: Parameters,
  tables: PositionTables,
  s: MethodSettings,
  which: 'masked' | 'all',
): { readonly z: Tensor; readonly prediction: Tensor } {
  return scope(() => {
    const shown = slice(views.patches, 1, 0, views.visible);
    const places = slice(views.places, 1, 0, views.visible);
    const z = encode(shown, places, tables.of(views.grid, s.encoder.width), p, s.encoder);
    const prediction = decode(z, views.places, tables.of(views.grid, s.decoder.width), p, s.decoder, s.encoder, which);
    return { z, prediction };
  });
}
