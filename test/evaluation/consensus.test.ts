import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { majorityVote, staple } from '../../core/evaluation/index.ts';

describe('the majority', () => {
  it('is what more than half say; two who disagree say nothing', () => {
    const maps = [Uint8Array.of(1, 1, 1, 2, 0), Uint8Array.of(1, 2, 1, 2, 0), Uint16Array.of(1, 3, 0, 0, 7)];
    expect([...majorityVote(maps)]).toEqual([1, 0, 1, 2, 0]);
    expect([...majorityVote(maps.slice(0, 2))]).toEqual([1, 0, 1, 2, 0]);
  });

  it('takes labels up to the largest there can be', () => {
    const maps = [Uint16Array.of(65535, 55296), Uint16Array.of(65535, 55296), Uint16Array.of(1, 56320)];
    expect([...majorityVote(maps)]).toEqual([65535, 55296]);
  });
});

describe('STAPLE', () => {
  /** A reader who gets a share of the labels wrong. */
  function reader(truth: Uint8Array, wrong: number, seed: number): Uint8Array {
    const random = seededRandom(seed);
    return truth.map((label) => (random.next() < wrong ? random.integer(0, 3) : label));
  }
  const errors = (a: Uint16Array, truth: Uint8Array): number => a.reduce((sum, label, v) => sum + (label === truth[v] ? 0 : 1), 0);
  const truth = Uint8Array.from({ length: 40_000 }, (_, v) => Math.floor(v / 10_000));

  it('weighs the careful readers more than the careless, where a majority counts heads', () => {
    const maps = [0.02, 0.03, 0.55, 0.6, 0.65].map((wrong, at) => reader(truth, wrong, at + 1));
    const [weighed, counted] = [errors(staple(maps), truth), errors(majorityVote(maps), truth)];
    expect(counted).toBeGreaterThan(1000);
    expect(weighed).toBeLessThan(counted / 2);
  });

  it('is what all say where all say the same, and empty where nobody drew', () => {
    expect(errors(staple([truth, truth, truth]), truth)).toBe(0);
    expect([...staple([new Uint8Array(3), new Uint8Array(3)])]).toEqual([0, 0, 0]);
  });
});
