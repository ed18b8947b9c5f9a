import { describe, expect, it } from 'vitest';
import { draggedWindow } from '../../renderer/app/reading/gestures.ts';

describe('window and level by dragging', () => {
  const window = { centre: 40, width: 400 };

  it('widens to the right, narrows to the left, and back again', () => {
    expect(draggedWindow(window, 100, 0).width).toBeGreaterThan(400);
    const there = draggedWindow(window, 100, 0);
    expect(draggedWindow(there, -100, 0).width).toBeCloseTo(400, 9);
  });

  it('makes the picture brighter upwards: the centre sinks', () => {
    expect(draggedWindow(window, 0, -30).centre).toBe(0);
  });

  it('never turns the window over', () => {
    expect(draggedWindow({ centre: 0, width: 1e-9 }, -1e5, 0).width).toBeGreaterThan(0);
  });
});
