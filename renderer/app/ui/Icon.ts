import type Search from '@lucide/svelte/icons/search';

/** An icon of Lucide, imported alone: `@lucide/svelte/icons/NAME`. All have one type. */
export type Icon = typeof Search;
