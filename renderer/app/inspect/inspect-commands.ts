import type { App } from '../../state/app.svelte.ts';
import type { CommandId } from '../../state/commands.ts';
import { clamp } from '../../state/numbers.ts';

/** Ends and step of the mask ratio. */
export const RATIO = { min: 0.1, max: 0.9, step: 0.05 } as const;
/** Large enough that two people hardly draw the same, small enough to be read out. */
const SEEDS = 10_000;

/** The commands of the inspection room. */
export function inspectCommands({ inspection }: App): Partial<Record<CommandId, () => void>> {
  const mask = (step: number) => (): void =>
    inspection.setMaskRatio(clamp(Math.round((inspection.maskRatio + step) * 100) / 100, RATIO.min, RATIO.max));
  const epoch = (step: number) => (): void => {
    const last = (inspection.model?.epochs?.length ?? 1) - 1;
    inspection.chooseCheckpoint(clamp(inspection.checkpoint + step, 0, Math.max(0, last)));
  };
  return {
    newSeed: () => inspection.setSeed(1 + (inspection.seed % SEEDS)),
    lessMasked: mask(-RATIO.step),
    moreMasked: mask(RATIO.step),
    previousEpoch: epoch(-1),
    nextEpoch: epoch(1),
    globalView: () => inspection.setKind('global'),
    localView: () => inspection.setKind('local'),
    showFeatures: () => inspection.showOverlay(inspection.overlay === 'features' ? 'none' : 'features'),
    showSimilar: () => inspection.showOverlay(inspection.overlay === 'similar' ? 'none' : 'similar'),
    viewHere: () => {
      if (inspection.point) inspection.setCentre(inspection.point);
    },
  };
}
