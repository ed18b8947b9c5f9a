export { deidentifyFolder, REPORT_NAME, type DeidentifyOptions, type DeidentifyResult } from './deidentify-folder.ts';
export { deidentifyObject, type DeidentifiedObject } from './deidentify-object.ts';
export { loadDictionary } from './dictionary.ts';
export { Pseudonyms } from './pseudonyms.ts';
export type { PixelRisk } from './pixel-risk.ts';
export type { DeidentificationReport } from './report.ts';
export type { ProfileOptions } from './rules.ts';
