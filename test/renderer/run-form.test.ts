import './support/runes.ts';
import { expect, it } from 'vitest';
import { TrainingHost } from '../../renderer/api/training.ts';
import { Client } from '../../renderer/api/client.ts';
import { RunForm } from '../../renderer/state/run-form.svelte.ts';

const form = (): RunForm => new RunForm(new TrainingHost(new Client()), 'finetune', []);

it('asks for one of several folds, unless a split is chosen', () => {
  const run = form();
  expect(run.request('x')).not.toHaveProperty('fold');
  run.folds = 5;
  run.fold = 4;
  expect(run.request('x')).toMatchObject({ fold: { of: 5, index: 4 } });
  run.folds = 3;
  expect(run.request('x')).toMatchObject({ fold: { of: 3, index: 2 } });
  run.split = 'aaaaaaaa';
  expect(run.request('x')).toMatchObject({ split: 'aaaaaaaa' });
  expect(run.request('x')).not.toHaveProperty('fold');
});

it('does what a finding offers, which is stronger than what was typed', () => {
  const run = form();
  run.set('crops', '8');
  run.set('preparation.spacing', '1,1,1');
  run.set('features', '8');
  run.repair({ title: 'One crop in a step', settings: { batch: 1, crops: 1 } });
  run.repair({ title: 'Resample', settings: { preparation: { spacing: [1, 1, 5] } } });
  expect(run.request('x')).toMatchObject({ set: ['features=8'], settings: { batch: 1, crops: 1, preparation: { spacing: [1, 1, 5] } } });
  run.segments = ['liver'];
  run.onlyDone = true;
  run.repair({ title: 'All', allLabels: true });
  expect(run.request('x')).toMatchObject({ labels: { layer: 'newest' } });
  expect([run.segments, run.onlyDone]).toEqual([null, false]);
});
