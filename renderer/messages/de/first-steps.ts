import type { firstSteps as english } from '../en/first-steps.ts';

/** Verbindet eine Zahl mit der richtigen Form eines Wortes. */
const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** Vom leeren Arbeitsbereich zum ersten Modell. */
export const firstSteps: typeof english = {
  title: 'Erste Schritte',
  text: 'Bis dieser Arbeitsbereich ein eigenes Modell hat:',
  import: 'Aufnahmen hereinholen',
  importText: 'Eigene, oder die Beispielaufnahmen, die schon Labels haben.',
  scans: (n: number): string => count(n, 'Aufnahme ist da.', 'Aufnahmen sind da.'),
  label: 'Einige labeln',
  labelText: 'Eine Aufnahme öffnen (Enter), im Bereich „Zeichnen“ (l) labeln oder Labels importieren.',
  labelled: (n: number): string => `${count(n, 'Aufnahme hat', 'Aufnahmen haben')} Labels.`,
  pretrain: 'Vortrainieren, wenn viele Aufnahmen da sind',
  pretrainText: 'Braucht keine Labels. Die Feinabstimmung kann mit dem Gelernten beginnen.',
  pretrained: (n: number): string => count(n, 'vortrainierter Encoder ist da.', 'vortrainierte Encoder sind da.'),
  train: 'Ein Modell fein abstimmen',
  trainText: 'Lernt aus den Aufnahmen mit Labels; bei kleinen dauert es Minuten.',
  after: 'Dann auf anderen Aufnahmen zeichnen lassen, korrigieren und mit den Korrekturen verbessern.',
};
