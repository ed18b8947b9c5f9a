import type { Command } from 'commander';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

export const doctorVerb: Verb = {
  name: 'doctor',
  summary: 'machine, backends with their versions and conformance, memory, threads, what is missing and the command that mends it',
  writes: '–',
  define: (command: Command) => command,
  run,
};

/** With --backend X only that backend, in this process; else each in a process of its own, as a process can hold one. */
async function run(session: Session): Promise<void> {
  const { backend } = session.options;
  const { checkBackendHere, checkBackendElsewhere } = await import('../doctor/backend-check.ts');
  const { describeMachine } = await import('../doctor/machine.ts');
  const { findAdvice } = await import('../doctor/advice.ts');
  const { inWords } = await import('../doctor/in-words.ts');
  const machine = describeMachine();
  const names = backend === 'auto' ? (['tensorflow', 'webgpu', 'wasm'] as const) : ([backend] as const);
  const backends = [];
  for (const name of names) {
    session.throwIfCancelled();
    session.task.progress({ stage: 'check', done: backends.length, total: names.length });
    backends.push(backend === 'auto' ? await checkBackendElsewhere(name, session) : await checkBackendHere(session, name));
  }
  const used = backends.find((b) => b.usable)?.name ?? null;
  const advice = await findAdvice(backends, session.task.signal);
  if (used === null) session.status = 1;
  session.answer({ machine, backends, used, advice }, inWords(machine, backends, used, advice));
}
