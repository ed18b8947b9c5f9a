import type { DesktopApi } from '../../electron/desktop-api.ts';
import type { App } from '../state/app.svelte.ts';

/** Carries out what the user asks of the desktop's menu, and imports what was opened with the program. @returns ends it */
export function followDesktop(app: App, desktop: DesktopApi | undefined): () => void {
  if (!desktop) return () => undefined;
  const stops = [
    desktop.onOpened(({ source }) => void app.importScans({ source })),
    desktop.onCommand((command) => {
      if (command === 'command-palette') app.perform('palette');
      else if (command === 'shortcuts') app.perform('shortcuts');
      else if (command === 'about') app.toasts.show({ tone: 'plain', title: `Tessera ${app.connection.version}` });
      // Theme and language are all there is to set so far, and the palette has both.
      else app.perform('palette');
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
