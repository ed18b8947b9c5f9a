import { html, type Html } from '../../report/index.ts';
import { seenCountsOf } from './evaluation-view.ts';
import type { StoredEvaluation } from './stored-evaluation.ts';

/** What the weights of a model saw of the scans before, in words: a score is worth no more than that. */
export function pastContent(model: StoredEvaluation['models'][number]): Html {
  const { withLabels, withoutLabels, unknown } = seenCountsOf(model);
  const parts = [
    withLabels === 0
      ? ''
      : `${counted(withLabels)} seen with labels: it, or a model that it began with, learned from them or from other scans of their patients, so the scores there mean nothing and are in no mean and no test.`,
    withoutLabels === 0
      ? ''
      : `${counted(withoutLabels)} seen without labels, in pre-training: a weaker leak than labels, but scores may be too high.`,
    unknown
      ? 'What its weights saw before is not known: they, or those that they began with, came from elsewhere, from a run that is gone or from scans that are gone, and may have learned from these scans.'
      : withLabels + withoutLabels === 0
        ? 'None of the scans, nor another of their patients, went into its weights.'
        : '',
  ];
  return html`<p><strong>${model.name}:</strong> ${parts.filter((part) => part !== '').join(' ')}</p>`;
}

const counted = (n: number): string => `${n} ${n === 1 ? 'scan was' : 'scans were'}`;
