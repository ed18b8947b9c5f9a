import { afterEach, describe, expect, it } from 'vitest';
import { pressOf } from '../../renderer/app/shortcuts/keys.ts';
import { firstKeys, inTheWay, isCommand, keysOf } from '../../renderer/state/commands.ts';
import { keymap } from '../../renderer/state/keymap.ts';

function store(kept: Record<string, string> = {}): Pick<Storage, 'getItem' | 'setItem'> & { kept: Record<string, string> } {
  return { kept, getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value) };
}

describe('keys that the user gives to commands', () => {
  afterEach(() => keymap.open(store(), isCommand));

  it('take the place of the first ones, and outlive the page', () => {
    const browser = store();
    keymap.open(browser, isCommand);
    keymap.changed = { labelBrush: 'h', toolPan: null };
    expect([keysOf('labelBrush'), keysOf('toolPan'), keysOf('labelErase')]).toEqual(['h', undefined, firstKeys('labelErase')]);
    keymap.changed = {};
    expect(keysOf('labelBrush')).toBe(firstKeys('labelBrush'));
    keymap.open(store({ 'tessera.keys': '{"labelBrush":"h","gone":"x","toolPan":7}' }), isCommand);
    expect(keymap.changed).toEqual({ labelBrush: 'h' });
    keymap.open(store({ 'tessera.keys': 'broken' }), isCommand);
    expect(keymap.changed).toEqual({});
  });

  it('are refused where another command of the room has them', () => {
    expect(inTheWay('labelBrush', 'E')).toEqual(['labelErase']);
    expect(inTheWay('labelBrush', 'j')).toEqual([]);
    expect(inTheWay('toolPan', '$mod+K')).toEqual(['palette']);
    keymap.changed = { labelErase: null };
    expect(inTheWay('labelBrush', 'e')).toEqual([]);
  });

  const press = (key: string, code = '', more: Partial<KeyboardEvent> = {}): Parameters<typeof pressOf>[0] => ({
    key,
    code,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more,
  });
  it.each([
    [press('d', 'KeyD'), 'd'],
    [press('D', 'KeyD', { shiftKey: true }), 'Shift+d'],
    [press('Z', 'KeyZ', { shiftKey: true, ctrlKey: true }), '$mod+Shift+z'],
    [press('¡', 'Digit1', { altKey: true }), 'Alt+Digit1'],
    [press(' ', 'Space'), 'Space'],
    [press('[', 'BracketLeft'), '['],
    [press('PageUp', 'PageUp'), 'PageUp'],
    [press('Shift', 'ShiftLeft', { shiftKey: true }), undefined],
  ])('are written as the table writes them', (event, keys) => {
    expect(pressOf(event)).toBe(keys);
  });
});
