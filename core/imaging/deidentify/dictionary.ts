/** What DICOM knows of an attribute (PS3.6). */
export interface KnownAttribute {
  readonly keyword: string;
  readonly vr: string;
}

export type Dictionary = ReadonlyMap<number, KnownAttribute>;

let loaded: Promise<Dictionary> | undefined;

/** The attributes of DICOM by tag, from the dictionary that dcmjs carries. Loaded once, and only when something is de-identified. */
export async function loadDictionary(): Promise<Dictionary> {
  loaded ??= read();
  return loaded;
}

/** How dcmjs writes value representations that depend on other attributes. */
const DEPENDENT: Readonly<Record<string, string>> = { ox: 'OW', xs: 'US', lt: 'OW', up: 'UL', na: 'UN' };

async function read(): Promise<Dictionary> {
  const { data } = await import('dcmjs');
  const known = new Map<number, KnownAttribute>();
  for (const [keyword, entry] of Object.entries(data.DicomMetaDictionary.nameMap)) {
    const tag = entry !== undefined && 'tag' in entry ? /^\(([0-9a-f]{4}),([0-9a-f]{4})\)$/i.exec(String(entry.tag)) : null;
    if (entry === undefined || tag === null) continue;
    known.set(parseInt(`${tag[1] ?? ''}${tag[2] ?? ''}`, 16), {
      keyword: keyword.replace(/^RETIRED_/, ''),
      vr: DEPENDENT[entry.vr] ?? entry.vr,
    });
  }
  return known;
}
