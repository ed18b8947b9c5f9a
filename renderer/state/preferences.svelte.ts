import { messagesOf, type Language, type Messages } from '../messages/index.ts';
import { numberWithin, oneOf, readStored, writeStored, type KeyValueStore } from './stored.ts';

export type Theme = 'dark' | 'light';

const anyTheme = oneOf<Theme>('dark', 'light');
const anyLanguage = oneOf<Language>('en', 'de');
const anyWidth = numberWithin(160, 900);

/** What the user chose about the program itself; kept in the browser. */
export class Preferences {
  readonly store: KeyValueStore;
  #theme = $state<Theme>('dark');
  #language = $state<Language>('en');
  #widths = $state<Record<string, number>>({});

  constructor(store: KeyValueStore, languages: readonly string[]) {
    this.store = store;
    const spoken: Language = languages[0]?.toLowerCase().startsWith('de') ? 'de' : 'en';
    this.#theme = readStored(store, 'tessera.theme', anyTheme, 'dark');
    this.#language = readStored(store, 'tessera.language', anyLanguage, spoken);
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    writeStored(this.store, 'tessera.theme', theme);
  }

  get language(): Language {
    return this.#language;
  }

  set language(language: Language) {
    this.#language = language;
    writeStored(this.store, 'tessera.language', language);
  }

  get messages(): Messages {
    return messagesOf(this.#language);
  }

  /** Width of a side panel in CSS pixels. */
  width(panel: string, fallback: number): number {
    return this.#widths[panel] ?? readStored(this.store, `tessera.width.${panel}`, anyWidth, fallback);
  }

  setWidth(panel: string, width: number): void {
    this.#widths[panel] = width;
    writeStored(this.store, `tessera.width.${panel}`, width);
  }
}
