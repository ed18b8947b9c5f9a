import type { Colour } from './contract.ts';

/** A transfer function of the volume rendering. */
export interface RenderingPreset {
  /** Stable; the key of its name in the message catalogue (`rendering.ID`). */
  readonly id: string;
  readonly name: string;
  readonly modality: 'CT' | 'MR';
  /** What the positions mean: HU, or percentiles of the scan's own values. */
  readonly scale: 'value' | 'percentile';
  /** Rising positions, each with colour and opacity (of 2 mm of tissue); straight lines between. */
  readonly points: readonly (readonly [position: number, colour: Colour, opacity: number])[];
}

export const renderingPresets: readonly RenderingPreset[] = [
  {
    id: 'ct-bone',
    name: 'CT bone',
    modality: 'CT',
    scale: 'value',
    points: [
      [150, '#8c4a32', 0],
      [250, '#c98a5e', 0.15],
      [400, '#f2e6cf', 0.5],
      [1500, '#ffffff', 0.9],
    ],
  },
  {
    id: 'ct-soft-tissue',
    name: 'CT soft tissue',
    modality: 'CT',
    scale: 'value',
    points: [
      [-150, '#c78f6b', 0],
      [-60, '#d9a47f', 0.03],
      [20, '#b8543f', 0.1],
      [120, '#c9442f', 0.3],
      [250, '#f2dfc4', 0.55],
      [1200, '#ffffff', 0.85],
    ],
  },
  {
    id: 'ct-lung',
    name: 'CT lung',
    modality: 'CT',
    scale: 'value',
    points: [
      [-950, '#1d3557', 0],
      [-870, '#4f86c6', 0.03],
      [-700, '#9ac4e8', 0.09],
      [-500, '#f1c9b5', 0.12],
      [-350, '#d98c74', 0.02],
      [-200, '#d98c74', 0],
    ],
  },
  {
    id: 'ct-vessels',
    name: 'CT vessels',
    modality: 'CT',
    scale: 'value',
    points: [
      [120, '#7a1f1f', 0],
      [180, '#c0392b', 0.2],
      [300, '#e8735a', 0.55],
      [500, '#f6e3c8', 0.75],
      [1200, '#ffffff', 0.85],
    ],
  },
  {
    id: 'mr',
    name: 'MR',
    modality: 'MR',
    scale: 'percentile',
    points: [
      [40, '#3b2a26', 0],
      [65, '#8c5b4c', 0.05],
      [85, '#d3a283', 0.25],
      [97, '#f5e2cd', 0.6],
      [100, '#ffffff', 0.8],
    ],
  },
];
