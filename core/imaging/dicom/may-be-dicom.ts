/** Endings of files that are certainly no DICOM files; all others are looked into, for DICOM files often have no ending. */
const OTHER_ENDING =
  /\.(nii|gz|hdr|img|nrrd|nhdr|mha|mhd|raw|json|jsonl|txt|csv|tsv|md|xml|html?|pdf|png|jpe?g|bmp|svg|tiff?|zip|tar|py|ts|js|log|safetensors|onnx|pth?|stl|obj|exe|dll|so)$/i;

/** Whether a file by its name may be a DICOM file. */
export const mayBeDicom = (path: string): boolean => !OTHER_ENDING.test(path);
