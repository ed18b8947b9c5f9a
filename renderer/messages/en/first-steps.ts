/** Joins a number with the right form of a noun. */
const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** From an empty workspace to a first model. */
export const firstSteps = {
  title: 'First steps',
  text: 'Until this workspace has a model of its own:',
  import: 'Take scans in',
  importText: 'Your own, or the sample scans, which have labels already.',
  scans: (n: number): string => count(n, 'scan is here.', 'scans are here.'),
  label: 'Label a few',
  labelText: 'Open a scan (Enter), draw in the panel “Label” (l), or import labels.',
  labelled: (n: number): string => `${count(n, 'scan has', 'scans have')} labels.`,
  pretrain: 'Pre-train, if you have many scans',
  pretrainText: 'Needs no labels. Fine-tuning may begin with what it learned.',
  pretrained: (n: number): string => count(n, 'pre-trained encoder is here.', 'pre-trained encoders are here.'),
  train: 'Fine-tune a model',
  trainText: 'Learns from the scans with labels; small ones take minutes.',
  after: 'Then let it draw on other scans, correct it, and improve it with the corrections.',
};
