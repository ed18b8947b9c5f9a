import type { Action } from './rules.ts';

/** What was done, counted; never a value. */
export type Done = Exclude<Action, 'keep'> | 'keep-private' | 'repeat';

/** How often each attribute met each fate. */
export class ActionLog {
  private readonly counts = new Map<string, number>();

  /** @param name a keyword of the standard; private and unknown attributes have none, for their tags and creators may tell the clinic's machines */
  add(action: Done, name: string): void {
    const key = `${action} ${name}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  merge(other: ActionLog): void {
    for (const [key, count] of other.counts) this.counts.set(key, (this.counts.get(key) ?? 0) + count);
  }

  /** In the order of names. */
  rows(): { readonly attribute: string; readonly action: Done; readonly count: number }[] {
    return [...this.counts]
      .map(([key, count]) => {
        const [action = '', attribute = ''] = key.split(' ');
        return { attribute, action: action as Done, count };
      })
      .sort((a, b) => (a.attribute < b.attribute ? -1 : a.attribute > b.attribute ? 1 : a.action < b.action ? -1 : 1));
  }

  total(action: Done): number {
    return this.rows().reduce((sum, row) => sum + (row.action === action ? row.count : 0), 0);
  }
}
