/** The files of nifti_edge/orientation: one head whose axes i, j, k point as the name says. */
export const orientations = ['ARS', 'ASL', 'IRP', 'LAS', 'LIA', 'LPS', 'PIR', 'PLI', 'RAS', 'RPI', 'SPL', 'SRA'] as const;
