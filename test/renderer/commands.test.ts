import { describe, expect, it } from 'vitest';
import { formatKeys } from '../../renderer/app/shortcuts/keys.ts';
import { belongsToControl } from '../../renderer/app/shortcuts/listen.ts';
import { clashes, commands, commandIds, keysOf, type Command } from '../../renderer/state/commands.ts';

describe('shortcuts', () => {
  it('do not clash in any room', () => {
    expect(clashes(commands)).toEqual([]);
  });

  it('would be found if they did', () => {
    const table: Record<string, Command> = {
      a: { scope: 'reading', keys: 'x' },
      b: { scope: 'library', keys: 'x' },
      c: { scope: 'everywhere', keys: 'X' },
      d: { scope: 'reading' },
    };
    expect(clashes(table)).toEqual([
      ['a', 'c'],
      ['b', 'c'],
    ]);
  });

  it('are single presses: the end of a sequence would be taken for a shortcut of its own', () => {
    expect(commandIds.filter((id) => keysOf(id)?.includes(' '))).toEqual([]);
  });

  it('give the nine window presets to the keys 1 to 9', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map((key) => keysOf(`preset${key}` as 'preset1'))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
    ]);
  });

  it.each([
    ['$mod+k', 'Ctrl+K', '⌘K'],
    ['$mod+Shift+s', 'Ctrl+Shift+S', '⌘⇧S'],
    ['Shift+?', '?', '?'],
    ['Alt+Digit3', 'Alt+3', '⌥3'],
    ['Shift+ArrowLeft', 'Shift+←', '⇧←'],
    ['Space', 'Space', 'Space'],
    ['+', '+', '+'],
    ['PageUp', 'PgUp', 'PgUp'],
  ])('%s is written %s, on a Mac %s', (keys, elsewhere, mac) => {
    expect(formatKeys(keys, false)).toBe(elsewhere);
    expect(formatKeys(keys, true)).toBe(mac);
  });
});

describe('a key press in a control', () => {
  const control = (tagName: string, { type = '', role = '', within = false } = {}): Element =>
    ({ tagName, type, getAttribute: () => role, closest: () => (within ? {} : null) }) as unknown as Element;
  const press = (key: string, ctrlKey = false): Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'> => ({ key, ctrlKey, metaKey: false });

  it('belongs to a text field unless Control is held', () => {
    const field = control('INPUT', { type: 'search' });
    expect(belongsToControl(press('d'), field)).toBe(true);
    expect(belongsToControl(press('k', true), field)).toBe(false);
  });

  it('belongs to a slider when it is an arrow, and to the room when it is a digit', () => {
    const slider = control('INPUT', { type: 'range' });
    expect(belongsToControl(press('ArrowUp'), slider)).toBe(true);
    expect(belongsToControl(press('3'), slider)).toBe(false);
  });

  it('belongs to a button when it presses it', () => {
    expect(belongsToControl(press(' '), control('BUTTON'))).toBe(true);
    expect(belongsToControl(press('d'), control('BUTTON'))).toBe(false);
  });

  it('belongs to an open dialog, and to the room when nothing has the focus', () => {
    expect(belongsToControl(press('d'), control('DIV', { within: true }))).toBe(true);
    expect(belongsToControl(press('d'), control('BODY'))).toBe(false);
    expect(belongsToControl(press('d'), null)).toBe(false);
  });
});
