import { preparationSettings } from '../imaging/index.ts';
import { unetrSettings } from '../model/unetr.ts';

/** What a model needs beside its weights. The weights tell most of the network's settings, and nothing of the preparation. */
export const importSettings = unetrSettings.extend({ preparation: preparationSettings.prefault({}) });
