/** Formats that labels are exported to. */
export const labelFormats = ['nifti', 'dicom-seg', 'rtstruct', 'sr', 'stl', 'obj'] as const;
export type LabelFormat = (typeof labelFormats)[number];

/** Folder trees that whole data sets are exported to. */
export const treeLayouts = ['msd', 'nnunet'] as const;
export type TreeLayout = (typeof treeLayouts)[number];

/** Formats that need the DICOM series behind the scan. */
export const needsDicom = (format: LabelFormat): boolean => format === 'dicom-seg' || format === 'rtstruct' || format === 'sr';
