import { TesseraError } from '../base/errors.ts';
import { visibleCount } from '../model/gl-mae.ts';
import type { PretrainSettings } from './pretrain-settings.ts';

/** The settings, if their sizes go together. @throws TesseraError `bad-setting` */
export function checkedSettings(settings: PretrainSettings): PretrainSettings {
  for (const name of ['globalSize', 'localSize'] as const)
    settings[name].forEach((side, axis) => {
      const patch = settings.encoder.patch[axis] ?? 1;
      if (side % patch !== 0)
        throw new TesseraError(
          'bad-setting',
          `${settings[name].join('x')} does not divide by the patch ${settings.encoder.patch.join('x')}.`,
          {
            subject: name,
            advice: 'Make every side a multiple of the patch.',
          },
        );
    });
  for (const name of ['globalSize', 'localSize'] as const) {
    const patches = gridOfView(settings, settings[name]).reduce((product, n) => product * n, 1);
    const visible = visibleCount(patches, settings.maskRatio);
    if (visible < 1 || visible >= patches)
      throw new TesseraError('bad-setting', `gives ${String(patches)} patches, of which ${String(visible)} would be visible.`, {
        subject: name,
        advice: 'At least one patch must be visible and one masked: use a larger view or smaller patches.',
      });
  }
  const { width, heads } = settings.encoder;
  if (width % heads !== 0)
    throw new TesseraError('bad-setting', `${String(width)} does not divide by ${String(heads)} heads.`, {
      subject: 'encoder.width',
      advice: 'Choose a multiple.',
    });
  if (settings.decoder.width % settings.decoder.heads !== 0)
    throw new TesseraError('bad-setting', `${String(settings.decoder.width)} does not divide by ${String(settings.decoder.heads)} heads.`, {
      subject: 'decoder.width',
      advice: 'Choose a multiple.',
    });
  return settings;
}

/** Patches of a view along each axis. */
export function gridOfView(s: PretrainSettings, size: readonly [number, number, number]): [number, number, number] {
  const { patch } = s.encoder;
  return [size[0] / patch[0], size[1] / patch[1], size[2] / patch[2]];
}
