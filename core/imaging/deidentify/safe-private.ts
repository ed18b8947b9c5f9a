/**
 * Private attributes that are known to hold no identity (DICOM PS3.15 table E.3.10-1, © NEMA; the rows that vendors' image data need).
 * By private creator: group, then the last two digits of the elements of a block, all hexadecimal.
 */
const safe: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Philips PET Private Group': { '7053': '00 09' },
  'Philips MR Imaging DD 001': { '2005': '0d 0e' },
  'Philips Imaging DD 001': { '2001': '03 04' },
  'Philips US Imaging DD 023': { '200d': '45' },
  'Philips US Imaging DD 033': { '200d': '00 01 02 03 04 05 06 07 08 0d 0f 10 11 14 21' },
  'SIEMENS MR HEADER': { '0019': '0c 0d 0e 27' },
  ELSCINT1: { '00e1': '21 50', '01e1': '26', '01f1': '01 07 26 27' },
  GEMS_ACQU_01: { '0019': '23 24 27 9e' },
  GEMS_SERS_01: { '0025': '07' },
  GEMS_PARM_01: { '0043': '27 39 6f' },
  GEMS_HELIOS_01: { '0045': '01 02' },
  GEMS_SENO_02: { '0045': '06 1b 20 27 29 2a 2b 49 58 59 60 61 64 71 72 90 a0 a1 a2 a4 a7 a8' },
  'GEIIS PACS': { '0903': '10 11 12' },
  'HOLOGIC, Inc.': { '7e01': '01 02 10 11 12', '7f01': '01 02 10 11 12' },
};

const elements = new Set(
  Object.entries(safe).flatMap(([creator, groups]) =>
    Object.entries(groups).flatMap(([group, last]) => last.split(' ').map((element) => `${creator}\0${group}${element}`)),
  ),
);

/** Whether a private attribute may be kept. @param creator of its block */
export function isSafePrivate(creator: string, tag: number): boolean {
  const group = (tag >>> 16).toString(16).padStart(4, '0');
  const element = (tag & 0xff).toString(16).padStart(2, '0');
  return elements.has(`${creator.trim()}\0${group}${element}`);
}
