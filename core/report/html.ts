/** Markup that is safe to put into a page as it is. Everything else is escaped. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Content = Html | string | number | null | undefined | false | readonly Content[];

/** Template for markup: values are escaped unless they are Html themselves; lists are joined; null, undefined and false leave nothing. */
export function html(literals: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(literals.reduce((text, literal, n) => text + markupOf(values[n - 1]) + literal));
}

export function markupOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Html) return content.markup;
  if (typeof content === 'string' || typeof content === 'number') return escapeHtml(String(content));
  return content.map(markupOf).join('');
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
