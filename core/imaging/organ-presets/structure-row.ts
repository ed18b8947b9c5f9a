/** A structure as presets list it: SNOMED CT concepts, with the side apart. */
export type StructureRow = readonly [
  name: string,
  /** SNOMED CT concept of what it is. */
  code: string,
  meaning: string,
  side: 'L' | 'R' | '',
  colour: readonly [red: number, green: number, blue: number],
  /** The organ that it is a change of, which then has the side. */
  organ?: readonly [code: string, meaning: string],
];
