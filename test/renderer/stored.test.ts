import { describe, expect, it } from 'vitest';
import { panesOf, storedLayout, storeLayout, LAYOUTS } from '../../renderer/state/layout.ts';
import { numberWithin, oneOf, readStored, writeStored, type KeyValueStore } from '../../renderer/state/stored.ts';

function memory(entries: Record<string, string> = {}): KeyValueStore {
  const map = new Map(Object.entries(entries));
  return { getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value) };
}

describe('what the browser keeps', () => {
  it('comes back as it was', () => {
    const store = memory();
    writeStored(store, 'width', 320);
    expect(readStored(store, 'width', numberWithin(100, 500), 200)).toBe(320);
  });

  it.each(['', 'NaN', '{', '"wide"', '99', '501', 'null'])('is passed over when it cannot be right (%s)', (text) => {
    expect(readStored(memory({ width: text }), 'width', numberWithin(100, 500), 200)).toBe(200);
  });

  it('is passed over when it is a word of another version', () => {
    expect(readStored(memory({ theme: '"sepia"' }), 'theme', oneOf('dark', 'light'), 'dark')).toBe('dark');
  });

  it('may be forbidden', () => {
    const forbid = (): never => {
      throw new DOMException('denied', 'SecurityError');
    };
    const store: KeyValueStore = { getItem: forbid, setItem: forbid };
    expect(() => writeStored(store, 'a', 1)).not.toThrow();
    expect(readStored(store, 'a', numberWithin(0, 9), 5)).toBe(5);
  });
});

describe('layouts', () => {
  it('are kept for each task by itself', () => {
    const store = memory();
    storeLayout(store, 'organs', 'big3d');
    expect(storedLayout(store, 'organs')).toBe('big3d');
    expect(storedLayout(store, 'read')).toBe('four');
    expect(storedLayout(store, 'fusion')).toBe('row');
  });

  it('show each pane once; one view shows the active one', () => {
    expect(panesOf('one', 'sagittal')).toEqual(['sagittal']);
    for (const layout of LAYOUTS) {
      const panes = panesOf(layout, 'axial');
      expect(new Set(panes).size).toBe(panes.length);
    }
    expect(panesOf('row', 'axial')).not.toContain('3d');
    expect(panesOf('big3d', 'axial')[0]).toBe('3d');
  });
});
