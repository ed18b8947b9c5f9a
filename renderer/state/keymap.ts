import { createSubscriber } from 'svelte/reactivity';
import type { CommandId } from './commands.ts';
import { readStored, writeStored, type KeyValueStore } from './stored.ts';

/** Keys that the user gave to commands; null where a command has none by choice. */
export type ChangedKeys = Readonly<Partial<Record<CommandId, string | null>>>;

const STORED = 'tessera.keys';

/** What the user changed of the keys, kept in the browser. Whatever reads it follows it. */
class Keymap {
  #changed: ChangedKeys = {};
  #store: KeyValueStore | undefined;
  #tell: () => void = () => undefined;
  readonly #subscribe = createSubscriber((update) => {
    this.#tell = update;
    return () => (this.#tell = () => undefined);
  });

  /** Reads what was chosen before. @param isCommand a later version may have other commands */
  open(store: KeyValueStore, isCommand: (id: string) => id is CommandId): void {
    this.#store = store;
    this.#changed = readStored(store, STORED, (value) => parseKeys(value, isCommand), {});
    this.#tell();
  }

  get changed(): ChangedKeys {
    this.#subscribe();
    return this.#changed;
  }

  set changed(changed: ChangedKeys) {
    this.#changed = changed;
    if (this.#store) writeStored(this.#store, STORED, changed);
    this.#tell();
  }
}

function parseKeys(value: unknown, isCommand: (id: string) => id is CommandId): ChangedKeys | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const keys: Partial<Record<CommandId, string | null>> = {};
  for (const [id, given] of Object.entries(value) as [string, unknown][])
    if (isCommand(id) && (given === null || (typeof given === 'string' && given !== ''))) keys[id] = given;
  return keys;
}

/** One for the page: names of keys stand in every corner of it. */
export const keymap = new Keymap();
