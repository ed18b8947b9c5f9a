import type { SettingSchema } from './setting-kinds.ts';

/** How a setting is changed on a screen; `text` is what would be typed on the command line. */
export type SettingControl =
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly choices: string[] }
  | { readonly kind: 'number'; readonly whole: boolean; readonly minimum?: number; readonly maximum?: number }
  | { readonly kind: 'text' };

export function settingControl({ type, enum: choices, minimum, maximum }: SettingSchema): SettingControl {
  if (choices !== undefined) return { kind: 'choice', choices: choices.map(String) };
  if (type === 'boolean') return { kind: 'switch' };
  if (type !== 'number' && type !== 'integer') return { kind: 'text' };
  const isReal = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  return {
    kind: 'number',
    whole: type === 'integer',
    ...(isReal(minimum) ? { minimum } : {}),
    ...(isReal(maximum) ? { maximum } : {}),
  };
}
