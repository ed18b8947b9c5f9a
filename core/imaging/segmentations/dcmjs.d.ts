// dcmjs has no types; this is what encoding needs of it.
declare module 'dcmjs' {
  interface TagObject {
    readonly vr: string;
    readonly Value: readonly unknown[];
  }
  class DicomDict {
    constructor(meta: Record<string, TagObject>);
    dict: Record<string, TagObject>;
    write(options?: { readonly allowInvalidVRLength?: boolean; readonly fragmentMultiframe?: boolean }): ArrayBuffer;
  }
  export const data: {
    readonly DicomDict: typeof DicomDict;
    readonly DicomMetaDictionary: {
      /** Attributes by keyword to attributes by tag. */
      denaturalizeDataset(dataset: object): Record<string, TagObject>;
      readonly nameMap: Readonly<Record<string, { readonly vr: string } | undefined>>;
    };
  };
  export const log: { setLevel(level: string): void };
}
