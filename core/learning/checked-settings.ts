import { TesseraError } from '../base/errors.ts';
import type { Triple } from '../imaging/index.ts';
import { ENOUGH_ROWS } from '../model/anti-collapse.ts';
import { gridOfView, visibleCount } from '../model/views.ts';
import { cropSizeOf } from '../model/method-settings.ts';
import type { PretrainSettings } from './pretrain-settings.ts';

/** The settings, if they go together; those that the method does not use are not looked at. @throws TesseraError `bad-setting` */
export function checkedSettings(s: PretrainSettings): PretrainSettings {
  if (s.method === 'gl-mae') checkViewCounts(s);
  for (const [name, size] of viewSizes(s)) checkSize(name, size, s);
  if (s.method === 'gl-mae') {
    checkScale('globalScale', s.globalScale);
    checkScale('localScale', s.localScale);
    checkScale('globalScaleByAxis', s.globalScaleByAxis ?? []);
    checkScale('localScaleByAxis', s.localScaleByAxis ?? []);
  }
  checkWidth('encoder.width', s.encoder);
  if (s.method !== 'simmim') checkWidth('decoder.width', s.decoder);
  return s;
}

/** What is allowed and yet unlikely to be meant (method 4.5, 6.4): one line each, for the log of the run. */
export function doubtsAbout(s: PretrainSettings): string[] {
  if (s.method !== 'gl-mae' || s.beta === 0) return [];
  const ofView = s.consistencyOf === 'class' ? 1 : visibleCount(patchesOf(s.globalSize, s.encoder.patch), s.maskRatio);
  const rows = s.batch * s.globals * ofView;
  const few = `${String(rows)} output${rows === 1 ? '' : 's'} of the teacher in a step (batch times globals)`;
  const doubts = [];
  if (s.antiCollapse === 'sinkhorn' && rows < ENOUGH_ROWS)
    doubts.push(`antiCollapse sinkhorn over ${few}: ${rows === 1 ? 'its answer is uniform, so nothing is learned from it' : 'too few'}`);
  if (s.antiCollapse === 'standardise' && rows < ENOUGH_ROWS)
    doubts.push(`antiCollapse standardise over ${few}: running moments take the place of those of the batch`);
  if (s.antiCollapse === 'none') doubts.push('antiCollapse none: as published, nothing keeps the teacher from one constant answer');
  if (s.teacherTemperature > 0.07) doubts.push(`teacherTemperature ${String(s.teacherTemperature)}: above 0.07 is known to be unstable`);
  return doubts;
}

function checkViewCounts({ globals, locals, beta }: PretrainSettings): void {
  if (globals > 0 || (locals > 0 && beta === 0)) return;
  if (locals === 0) throw badSetting('globals', 'and locals are both 0: a step would take no view.', 'Take at least one of either kind.');
  throw badSetting(
    'globals',
    `is 0 but beta is ${String(beta)}: the teacher sees global views.`,
    'Set beta to 0 to learn from local views alone, or take a global view.',
  );
}

function viewSizes(s: PretrainSettings): [name: string, size: Triple][] {
  if (s.method !== 'gl-mae') return [[s.cropSize === null ? 'localSize' : 'cropSize', cropSizeOf(s)]];
  const sizes: [string, Triple][] = [];
  if (s.globals > 0) sizes.push(['globalSize', s.globalSize]);
  // Positions are measured on the local grid even where no local view is taken.
  if (s.locals > 0 || s.positionGrid === null) sizes.push(['localSize', s.localSize]);
  return sizes;
}

function checkSize(name: string, size: Triple, { encoder: { patch }, maskRatio }: PretrainSettings): void {
  if (size.some((side, axis) => side % (patch[axis] ?? 1) !== 0))
    throw badSetting(
      name,
      `${size.join('x')} does not divide by the patch ${patch.join('x')}.`,
      'Make every side a multiple of the patch.',
    );
  const patches = patchesOf(size, patch);
  const visible = visibleCount(patches, maskRatio);
  if (visible >= patches)
    throw badSetting(
      name,
      `gives ${String(patches)} patches, of which ${String(visible)} would be visible.`,
      'At least one patch must be visible and one masked: use a larger view or smaller patches.',
    );
}

function patchesOf(size: Triple, patch: Triple): number {
  return gridOfView(size, patch).reduce((product, n) => product * n, 1);
}

/** @param shares from and to, axis after axis */
function checkScale(name: string, shares: readonly number[]): void {
  for (let at = 0; at < shares.length; at += 2) {
    const [low = 0, high = 0] = shares.slice(at, at + 2);
    if (low > high) throw badSetting(name, `goes from ${String(low)} to ${String(high)}, which is less.`, 'Give the smaller share first.');
  }
}

function checkWidth(name: string, { width, heads }: { readonly width: number; readonly heads: number }): void {
  if (width % heads !== 0) throw badSetting(name, `${String(width)} does not divide by ${String(heads)} heads.`, 'Choose a multiple.');
  if (width % 6 !== 0)
    throw badSetting(
      name,
      `${String(width)} does not divide by 6.`,
      'Sine-cosine positions have a sine and a cosine for each of three axes: choose a multiple of 6.',
    );
}

function badSetting(subject: string, message: string, advice: string): TesseraError {
  return new TesseraError('bad-setting', message, { subject, advice });
}
