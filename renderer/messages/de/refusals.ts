import type { refusals as english } from '../en/refusals.ts';

export const refusals: typeof english = {
  segmentLocked: 'Das Segment, das gemalt werden soll, ist gesperrt. Entsperren Sie es in der Liste der Segmente.',
  backgroundLocked: 'Der Hintergrund ist gesperrt: Es kann nichts gelöscht werden.',
  allLocked: 'Alles, was sich ändern würde, ist gesperrt. Entsperren Sie die Segmente, die sich ändern dürfen.',
  allKept: 'Alles, was sich ändern würde, gehört zu Segmenten, die nicht übermalt werden dürfen. Wählen Sie, was übermalt werden darf.',
  allOutOfRange: 'Nichts, was sich ändern würde, hat Werte im Bereich. Wählen Sie einen größeren Bereich.',
  outsideScan: 'Diese Stelle liegt außerhalb des Scans.',
  noScanValue: 'Der Scan hat hier keinen Wert. Wählen Sie eine andere Stelle.',
  noIslandHere: 'Hier liegt nichts vom Segment. Setzen Sie das Fadenkreuz auf eine seiner Inseln.',
  allSmaller: 'Jede Insel des Segments ist kleiner: Es bliebe nichts übrig. Wählen Sie eine kleinere Grenze.',
  oneIsland: 'Das Segment ist eine einzige Insel: Es gibt nichts zu trennen.',
  backgroundChosen: 'Das geht mit dem Hintergrund nicht. Wählen Sie ein Segment.',
  emptyAlready: 'Das Segment ist schon leer.',
  unchanged: 'Das Segment bliebe, wie es ist.',
  wouldLieOutside: 'Das Segment läge außerhalb des Scans. Verschieben Sie es weniger weit.',
  noLine: 'Keine Linie gleichen Wertes umschließt hier etwas. Wählen Sie einen Punkt auf einer Kante.',
  noSeeds: 'Es gibt noch keine Saatpunkte. Zeichnen Sie zuerst welche.',
  fewSeeds:
    'Das Wachsen braucht Saatpunkte von mindestens zwei Segmenten, oder von einem und allem Übrigen. Zeichnen Sie in jedes ein paar Striche.',
  noGap:
    'In dieser Richtung liegt keine leere Schicht zwischen zwei Schichten des Segments. Zeichnen Sie es in Schichten mit anderen dazwischen, oder wählen Sie eine andere Richtung.',
  fewPoints: 'Ein Umriss braucht drei Punkte.',
  drawnDifferently: 'Alles davon ist hier schon anders gezeichnet. Lassen Sie den Vorschlag Gezeichnetes überdecken, wenn das gewollt ist.',
  nothingNew: 'Es würde sich nichts ändern: Was vorgeschlagen wird, ist schon da.',
  nothingHere: (because) =>
    `Hier darf sich nichts ändern: Die Voxel ${because}. Wählen Sie eine andere Stelle, oder ändern Sie, was übermalt werden darf.`,
  because: {
    locked: 'gehören zu gesperrten Segmenten',
    kept: 'gehören zu dem, was nicht übermalt werden darf',
    outOfRange: (low, high) => `haben Werte außerhalb von ${low} bis ${high}`,
    segment: 'gehören schon zum Segment',
    empty: 'sind schon leer',
  },
  or: ' oder ',
  numberTooLarge: (value, largest) => `Diese Ebene fasst Segmentnummern von 1 bis ${largest}, nicht ${value}.`,
  emptyRange: (low, high) => `Zwischen den Werten ${low} und ${high} liegt nichts. Der kleinste kommt zuerst.`,
  noVoxels: (name) => `${name} hat noch keine Voxel. Zeichnen Sie es zuerst.`,
  noVoxelsInSlice: (name) => `${name} hat in dieser Schicht keine Voxel. Wählen Sie eine Schicht, in der es liegt.`,
  regionTooLarge: (most) =>
    `Das Gebiet hat mehr als ${most} Voxel. Verengen Sie den Wertebereich, füllen Sie nur eine Schicht, oder schließen Sie die Lücke, durch die es ausläuft.`,
  wouldVanish: (mm) =>
    `Kein Teil des Segments liegt mehr als ${mm} mm unter seiner Oberfläche: Es bliebe nichts übrig. Verkleinern Sie es um weniger.`,
  badMillimetres: (mm) => `Die Länge muss über 0 mm liegen, nicht bei ${mm}.`,
  badLimit: (limit) => `Die kleinste Insel muss über 0 liegen, nicht bei ${limit}.`,
};
