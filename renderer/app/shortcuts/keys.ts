const NAMES: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Escape: 'Esc',
  Delete: 'Del',
  Backspace: '⌫',
  Enter: '↵',
  ' ': 'Space',
};

/** Whether Command takes the place of Control here. */
export function isMac(): boolean {
  return typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
}

/** A key press in tinykeys' notation; undefined for one that is only Shift, Control and the like. */
export function pressOf(event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string | undefined {
  if (['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'Dead', 'Unidentified'].includes(event.key)) return undefined;
  // With Alt some keyboards type another character.
  const plain = event.key === ' ' ? 'Space' : event.altKey ? event.code : event.key;
  const key = plain.length === 1 ? plain.toLowerCase() : plain;
  const modifiers = [event.ctrlKey || event.metaKey ? '$mod' : '', event.altKey ? 'Alt' : '', event.shiftKey ? 'Shift' : ''];
  return [...modifiers.filter((name) => name !== ''), key].join('+');
}

/** A shortcut in tinykeys' notation as people write it: `$mod+Shift+k` becomes `Ctrl+Shift+K`, or `⌘⇧K` on a Mac. */
export function formatKeys(keys: string, mac: boolean): string {
  return keys
    .split(/(?<=\S) /)
    .map((press) => formatPress(press, mac))
    .join(' ');
}

function formatPress(press: string, mac: boolean): string {
  const parts = press === ' ' ? [' '] : press.split(/\b\+/);
  const key = parts[parts.length - 1] ?? '';
  const modifiers = parts.slice(0, -1).map((modifier) => modifierName(modifier, mac));
  // Shift is part of how such a character is typed.
  const shown = /^[^\w\s]$/.test(key) ? modifiers.filter((name) => name !== 'Shift' && name !== '⇧') : modifiers;
  return [...shown, keyName(key)].join(mac ? '' : '+');
}

function modifierName(modifier: string, mac: boolean): string {
  if (modifier === '$mod') return mac ? '⌘' : 'Ctrl';
  if (modifier === 'Shift') return mac ? '⇧' : 'Shift';
  if (modifier === 'Alt') return mac ? '⌥' : 'Alt';
  return modifier;
}

function keyName(key: string): string {
  const named = NAMES[key];
  if (named !== undefined) return named;
  const code = /^(?:Key|Digit)(.)$/.exec(key)?.[1];
  return (code ?? (key.length === 1 ? key : undefined))?.toUpperCase() ?? key;
}
