import { de } from './de.ts';
import { en } from './en.ts';

/** Every message of the page; English is the source, another language must have every key. */
export type Messages = typeof en;
export type Language = 'en' | 'de';

export const LANGUAGES: readonly { readonly code: Language; readonly name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'de', name: 'Deutsch' },
];

const catalogue: Readonly<Record<Language, Messages>> = { en, de };

export function messagesOf(language: Language): Messages {
  return catalogue[language];
}
