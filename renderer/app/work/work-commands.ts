import { tick } from 'svelte';
import type { App } from '../../state/app.svelte.ts';
import type { CommandId } from '../../state/commands.ts';
import { openWork } from './open-work.ts';

/** The commands of the work list that can be used in other rooms, too. */
export function workCommands(app: App): Partial<Record<CommandId, () => void>> {
  const { reading, work, differences } = app;
  return {
    goWork: () => (app.room = 'work'),
    nextWork: () => nextOfMine(app),
    reviewPanel: () => (reading.panel = 'review'),
    commentHere: () => {
      reading.panel = 'review';
      void tick().then(() => document.getElementById('comment-here')?.focus());
    },
    nextReaderDifference: () => {
      const point = differences.shown ? differences.next() : undefined;
      if (point) reading.point = point;
    },
    submitThis: () => {
      const mine = work.ofScan(reading.scan?.id).find(({ reader }) => reader === app.preferences.reader);
      if (mine?.next.includes('submitted')) void work.setState([mine.id], 'submitted');
    },
  };
}

/** Opens what the reader has to do next. */
export function nextOfMine(app: App): void {
  const { preferences, work, toasts, reading } = app;
  const next = work.next(reading.scan?.id);
  if (next) void openWork(app, next);
  else toasts.show({ tone: 'plain', title: preferences.reader === '' ? work.words.noReader : work.words.nothingNext });
}
