import { createContext } from 'svelte';
import type { App } from '../state/app.svelte.ts';

/** The page's state, for every component below App.svelte. */
export const [useApp, provideApp] = createContext<App>();
