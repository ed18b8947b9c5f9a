import { oneOf, readStored, writeStored, type KeyValueStore } from './stored.ts';

export type AssistSection = 'none' | 'clicks' | 'proposal';

const STORED = 'tessera.assist';

/** Which of a model's helps is open in the label panel; remembered. */
export class Assist {
  section = $state<AssistSection>('none');
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
    this.section = readStored(store, STORED, oneOf('none', 'clicks', 'proposal'), 'none');
  }

  choose(section: AssistSection): void {
    this.section = section;
    writeStored(this.#store, STORED, section);
  }
}
