import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { silentTask, throwIfCancelled, type Progress } from '../../../core/base/task.ts';
import { startBackend } from '../../../core/compute/index.ts';
import type { EngineEvent } from '../../../core/service/api/engine.ts';
import type { EngineContext } from '../../../core/service/engine/context.ts';
import { createWorkspace, type Workspace } from '../../../core/workspace/index.ts';

export const samples = join(import.meta.dirname, '..', '..', '..', 'resources', 'samples');
export const sample = (name: string): string => join(samples, 'hippocampus', 'images', `${name}.nii.gz`);
export const sampleLabels = (name: string): string => join(samples, 'hippocampus', 'labels', `${name}.nii.gz`);

/** A folder for the tests of a file. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-engine-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a handler works with, without a process around it, and what it told. */
export interface TestContext extends EngineContext {
  readonly events: EngineEvent[];
  readonly progress: Progress[];
  readonly abort: AbortController;
}

export function contextOf(workspace: Workspace): TestContext {
  const abort = new AbortController();
  const events: EngineEvent[] = [];
  const progress: Progress[] = [];
  const task = { ...silentTask, signal: abort.signal, progress: (update: Progress) => void progress.push(update) };
  return {
    workspace,
    task,
    events,
    progress,
    abort,
    emit: (event) => void events.push(event),
    breathe: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      throwIfCancelled(task);
    },
    backend: () => startBackend(),
  };
}

export async function newWorkspace(folder: string): Promise<Workspace> {
  return createWorkspace(mkdtempSync(join(folder, 'workspace-')), { name: 'Test', who: 'tester' });
}
