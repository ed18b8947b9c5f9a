import { messagesOf, type Language, type Messages } from '../messages/index.ts';
import { numberWithin, oneOf, readStored, writeStored, type KeyValueStore } from './stored.ts';

export type Theme = 'dark' | 'light';

const anyTheme = oneOf<Theme>('dark', 'light');
const anyLanguage = oneOf<Language>('en', 'de');
const anyWidth = numberWithin(160, 900);
/** As long as the host takes. */
const anyName = (value: unknown): string | undefined => (typeof value === 'string' && value.length <= 100 ? value : undefined);

/** What the user chose about the program itself; kept in the browser. */
export class Preferences {
  readonly store: KeyValueStore;
  #theme = $state<Theme>('dark');
  #language = $state<Language>('en');
  #widths = $state<Record<string, number>>({});
  #reader = $state('');

  constructor(store: KeyValueStore, languages: readonly string[]) {
    this.store = store;
    const spoken: Language = languages[0]?.toLowerCase().startsWith('de') ? 'de' : 'en';
    this.#theme = readStored(store, 'tessera.theme', anyTheme, 'dark');
    this.#language = readStored(store, 'tessera.language', anyLanguage, spoken);
    this.#reader = readStored(store, 'tessera.reader', anyName, '');
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

  /** The name that who works here gave himself; '' while there is none. */
  get reader(): string {
    return this.#reader;
  }

  set reader(reader: string) {
    this.#reader = reader.trim().slice(0, 100);
    writeStored(this.store, 'tessera.reader', this.#reader);
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
