import type { next as source, nextCommands as sourceCommands } from '../en/next.ts';

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
/** Was als Nächstes zu labeln ist und was daraus wurde. */
export const next: typeof source = {
  tabs: 'Seitenleiste der Bibliothek',
  details: 'Einzelheiten',
  title: 'Was nun',
  measure: 'Finden, was als Nächstes zu labeln ist',
  measureAgain: 'Neu messen',
  measuring: 'Die Scans werden gemessen; Sie können weiter labeln.',
  measureFailed: 'Die Scans konnten nicht gereiht werden.',
  readFailed: 'Die Reihung konnte nicht gelesen werden.',
  never: 'Noch nicht gemessen',
  neverText:
    'Das benutzte Modell und der neueste vortrainierte Encoder sehen sich jeden Scan ohne Labels einmal an. Das geschieht im Hintergrund.',
  noModel: 'Es gibt noch kein Modell',
  noModelText:
    'Ohne eines ist jede Reihenfolge so gut wie die andere: Labeln Sie einige Scans Ihrer Wahl. Ein vortrainierter Encoder findet Scans, die einander nicht gleichen; ein Modell, das segmentiert, findet die, bei denen es unsicher ist.',
  nothing: 'Nichts mehr zu labeln',
  nothingText: 'Jeder Scan außerhalb des gesperrten Testteils hat Labels.',
  measured: (when) => `Gemessen ${when}`,
  counts: (open, labelled, locked) =>
    `${open} ohne Labels, ${labelled} mit${locked > 0 ? `, ${locked} für Tests gesperrt und nicht gereiht` : ''}`,
  unmeasured: (n) => `${count(n, 'Scan kam', 'Scans kamen')} seither hinzu und ${n === 1 ? 'ist' : 'sind'} nicht gereiht.`,
  sort: 'Sortieren nach',
  sorts: {
    score: 'Empfehlung',
    uncertainty: 'Unsicherheit des Modells',
    distance: 'Den gelabelten unähnlich',
    error: 'Für den Encoder ungewöhnlich',
    title: 'Name',
  },
  list: 'Zu labelnde Scans',
  label: (title) => `${title} labeln`,
  place: (n) => `Empfehlung ${n}`,
  reasons: {
    uncertain: (value, above) => `Das Modell ist hier unsicher: Unsicherheit ${value}, mehr als bei ${above} der anderen.`,
    different: (value) => `Anders als das Gelabelte: ${value} Standardabweichungen vom nächsten.`,
    unusual: (above) => `Der Encoder malt ihn schlechter als ${above} der anderen: selten oder kaputt. Erst ansehen.`,
    typical: 'Noch ist nichts gelabelt, und dieser ist der typischste.',
    unmeasured: 'Von ihm konnte nichts gemessen werden.',
  },
  improve: 'Das Modell mit meinen Korrekturen verbessern',
  improveShort: 'Modell verbessern',
  improveText:
    'Trainiert im Hintergrund mit jeder Labelkarte, deren Segmente alle fertig sind; Sie labeln weiter. Vom gesperrten Testteil wird nie gelernt.',
  minutes: 'Zeit dafür',
  minutesOf: (n) => (n < 60 ? `${n} Minuten` : count(n / 60, 'Stunde', 'Stunden')),
  improving: 'Das Modell lernt aus Ihren Korrekturen. Labeln Sie weiter.',
  improveFailed: 'Das Training konnte nicht beginnen.',
  historyFailed: 'Die Modelle konnten nicht gelesen werden.',
  takeFailed: 'Das Modell konnte nicht in Gebrauch genommen werden.',
  inUse: 'In Gebrauch',
  noneInUse: 'Noch ist kein Modell in Gebrauch.',
  useIt: 'Neues Modell benutzen',
  useAnyway: 'Trotzdem benutzen',
  goBack: 'Dieses benutzen',
  earlier: 'Alle Modelle',
  unknownModel: 'Ein Modell, das nicht mehr da ist',
  learned: (scans, leftOut) =>
    `Gelernt aus ${count(scans, 'Scan', 'Scans')}${leftOut > 0 ? `; ${count(leftOut, 'Scan', 'Scans')} ausgelassen, weil nicht alle Segmente fertig sind` : ''}.`,
  verdicts: {
    better: 'Das neue Modell ist besser',
    level: 'Das alte Modell bleibt',
    worse: 'Das alte Modell bleibt',
    'too-few': 'Zu wenige gesperrte Scans für ein Urteil',
    first: 'Ein erstes Modell ist fertig',
  },
  verdictTexts: {
    better: 'Das ist mehr, als der Zufall erklärt.',
    level: 'Den Unterschied erklärt der Zufall.',
    worse: 'Das neue ist schlechter, als der Zufall erklärt.',
    'too-few': 'Ein gepaarter Test braucht sechs Patienten: Labeln Sie mehr der gesperrten Scans.',
    first: 'Es gab kein Modell zum Vergleich.',
  },
  compared: (made, old, scans) => `Dice ${made} gegen ${old} auf ${count(scans, 'gesperrten Scan', 'gesperrten Scans')}.`,
  difference: (low, high, p) => `Unterschied ${low} bis ${high} (95 %), p = ${p}.`,
  tested: (dice, scans) => `Dice ${dice} auf ${count(scans, 'gesperrten Scan', 'gesperrten Scans')}.`,
  firstUntested:
    'Kein gesperrter Scan hat fertige Labels, also weiß niemand, wie gut es ist. Teilen Sie die Scans mit einem Testteil auf und labeln Sie ihn.',
  untested:
    'Es wurde nicht verglichen: Als es fertig war, hatte kein gesperrter Scan fertige Labels, oder keines, das es zeichnet. Niemand weiß, ob es besser ist.',
  oldUntested:
    'Es wurde nicht verglichen: Das alte Modell zeichnet keines dieser Segmente oder ist nicht mehr da. Niemand weiß, ob es besser ist.',
  allSeen: 'Niemand kann es sagen: Eines der Modelle hat aus allen gesperrten Scans mit fertigen Labels gelernt.',
  seenWithLabels: (n) =>
    `${count(n, 'gesperrter Scan wurde', 'gesperrte Scans wurden')} ausgelassen: Eines der Modelle hat aus ${n === 1 ? 'seinen' : 'ihren'} Labels gelernt, oder aus denen eines anderen Scans des Patienten.`,
  seenWithoutLabels: (n) =>
    `Mit ${count(n, 'gesperrten Scan', 'gesperrten Scans')} wurde vor der Sperre ohne Labels vortrainiert. Das verrät weniger als Labels, aber Dice kann zu hoch sein.`,
  pastUnknown:
    'Was die Gewichte vorher gesehen haben, ist nicht bekannt: Ein Teil kommt von anderswo oder von Scans, die nicht mehr da sind, und kann aus den gesperrten Scans oder von deren Patienten gelernt haben.',
  taken: 'Das Modell ist in Gebrauch.',
};

export const nextCommands: typeof sourceCommands = {
  whatNext: 'Was als Nächstes labeln',
  improveModel: 'Das Modell mit meinen Korrekturen verbessern',
};
