const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** What to label next, and what came of it. */
export const next = {
  tabs: 'Side panel of the library',
  details: 'Details',
  title: 'What next',
  measure: 'Find what to label next',
  measureAgain: 'Measure again',
  measuring: 'The scans are being measured; labelling can go on.',
  measureFailed: 'The scans could not be ranked.',
  readFailed: 'The ranking could not be read.',
  never: 'Not measured yet',
  neverText: 'The model in use and the newest pre-trained encoder look at every unlabelled scan, once. It happens in the background.',
  noModel: 'There is no model yet',
  noModelText:
    'Without one every order is as good as another: label a few scans of your choice. A pre-trained encoder finds scans unlike each other; a model that segments finds those it is unsure of.',
  nothing: 'Nothing left to label',
  nothingText: 'Every scan outside the locked test part has labels.',
  measured: (when: string) => `Measured ${when}`,
  counts: (open: number, labelled: number, locked: number) =>
    `${open} unlabelled, ${labelled} labelled${locked > 0 ? `, ${locked} locked for testing and not ranked` : ''}`,
  unmeasured: (n: number) => `${count(n, 'scan', 'scans')} came since and ${n === 1 ? 'is' : 'are'} not ranked.`,
  sort: 'Sort by',
  sorts: {
    score: 'Recommendation',
    uncertainty: 'Uncertainty of the model',
    distance: 'Unlike the labelled ones',
    error: 'Unusual for the encoder',
    title: 'Name',
  },
  list: 'Scans to label',
  label: (title: string) => `Label ${title}`,
  place: (n: number) => `Recommendation ${n}`,
  reasons: {
    uncertain: (value: string, above: string) => `The model is unsure here: uncertainty ${value}, more than in ${above} of the others.`,
    different: (value: string) => `Unlike what is labelled: ${value} standard deviations from the nearest.`,
    unusual: (above: string) => `The encoder paints it worse than ${above} of the others: rare, or broken. Look first.`,
    typical: 'Nothing is labelled yet, and this one is the most typical.',
    unmeasured: 'Nothing could be measured of it.',
  },
  improve: 'Improve the model with my corrections',
  improveShort: 'Improve the model',
  improveText:
    'Trains in the background on every label map whose segments are all done; labelling goes on. The locked test part is never learned from.',
  minutes: 'Time for it',
  minutesOf: (n: number) => (n < 60 ? `${n} minutes` : count(n / 60, 'hour', 'hours')),
  improving: 'The model is learning from your corrections. Go on labelling.',
  improveFailed: 'The training could not be started.',
  historyFailed: 'The models could not be read.',
  takeFailed: 'The model could not be taken into use.',
  inUse: 'In use',
  noneInUse: 'No model is in use yet.',
  useIt: 'Use the new model',
  useAnyway: 'Use it anyway',
  goBack: 'Use this one',
  earlier: 'All models',
  unknownModel: 'A model that is gone',
  learned: (scans: number, leftOut: number) =>
    `Learned from ${count(scans, 'scan', 'scans')}${leftOut > 0 ? `; ${count(leftOut, 'scan', 'scans')} left out, not all segments are done` : ''}.`,
  verdicts: {
    better: 'The new model is better',
    level: 'The old model stays',
    worse: 'The old model stays',
    'too-few': 'Too few locked scans to tell',
    first: 'A first model is ready',
  },
  verdictTexts: {
    better: 'That is more than chance explains.',
    level: 'Chance explains the difference.',
    worse: 'The new one is worse by more than chance explains.',
    'too-few': 'A paired test needs six patients: label more of the locked scans.',
    first: 'There was no model to compare it with.',
  },
  compared: (made: string, old: string, scans: number) => `Dice ${made} against ${old} on ${count(scans, 'locked scan', 'locked scans')}.`,
  difference: (low: string, high: string, p: string) => `Difference ${low} to ${high} (95 %), p = ${p}.`,
  tested: (dice: string, scans: number) => `Dice ${dice} on ${count(scans, 'locked scan', 'locked scans')}.`,
  firstUntested: 'No locked scan has labels that are done, so nobody knows how good it is. Draw a split with a test part and label it.',
  untested:
    'It was not compared: when it was ready, no locked scan had labels that are done, or none with a segment that it draws. Nobody knows whether it is better.',
  oldUntested: 'It was not compared: the old model draws none of these segments, or is gone. Nobody knows whether it is better.',
  allSeen: 'Nobody can tell: one of the models learned from all locked scans with labels that are done.',
  seenWithLabels: (n: number) =>
    `${count(n, 'locked scan was', 'locked scans were')} left out: one of the models learned from ${n === 1 ? 'its' : 'their'} labels, or from those of another scan of the patient.`,
  seenWithoutLabels: (n: number) =>
    `${count(n, 'locked scan was', 'locked scans were')} pre-trained on without labels before ${n === 1 ? 'it was' : 'they were'} locked. That is a weaker leak than labels, but Dice may be too high.`,
  pastUnknown:
    'It is not known what the weights saw before: some came from elsewhere, or from scans that are gone, and may have learned from the locked scans or their patients.',
  taken: 'The model is in use.',
};

export const nextCommands = {
  whatNext: 'What to label next',
  improveModel: 'Improve the model with my corrections',
};
