import type { VitSettings } from './vit.ts';

type Size = Pick<VitSettings, 'width' | 'depth' | 'heads'>;

/** The usual encoders by name (method 5.1): heads of 64, MLP four times as wide. */
export const encoderSizes: Readonly<Record<'ViT-T' | 'ViT-S' | 'ViT-B', Size>> = {
  'ViT-T': { width: 192, depth: 12, heads: 3 },
  'ViT-S': { width: 384, depth: 12, heads: 6 },
  'ViT-B': { width: 768, depth: 12, heads: 12 },
};

/** The name of an encoder of that size, if it has one (method 5.1). */
export function encoderSizeName(s: Size): keyof typeof encoderSizes | undefined {
  const names = Object.keys(encoderSizes) as (keyof typeof encoderSizes)[];
  return names.find((name) => {
    const { width, depth, heads } = encoderSizes[name];
    return width === s.width && depth === s.depth && heads === s.heads;
  });
}
