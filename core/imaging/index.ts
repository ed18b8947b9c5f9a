// What other rooms use of this one.
export * from './volume.ts';
export type { Finding, RepairName } from './finding.ts';
export { applyAffine, composeAffine, invertAffine, type Affine } from './affine.ts';
export {
  affineLPS,
  affineRAS,
  geometryFromLPS,
  geometryFromRAS,
  gridDifference,
  indexToPoint,
  isLeftHanded,
  isOrthogonal,
  orientationCode,
  pointToIndex,
  sameGrid,
  voxelVolume,
} from './geometry.ts';
export { applyAxisMap, axisMapTo, inverseAxisMap, mapVoxels, reorient, type AxisMap, type Reoriented } from './orientation.ts';
export type { Border } from './axis-weights.ts';
export { resample, resampleLabels, resizedGeometry, respace, respacedGeometry, type Interpolation } from './resample.ts';
export { physicalValues, type PhysicalValues } from './values.ts';
export { intensitySettings, normaliseIntensity, windowed, zscore, type IntensitySettings } from './intensity.ts';
export { percentiles } from './percentile.ts';
export { boxGeometry, cutBox, padToSize, type Box } from './box.ts';
export { foregroundBox } from './foreground.ts';
export { connectedComponents, connectivities, type Components, type Connectivity } from './components.ts';
export { cleanUp, type CleanUp, type Removed } from './clean-up.ts';
export { isLabelObject, readCaseLabels, type CaseLabels } from './case-labels.ts';
export { checkLabels, type CheckedLabels, type CheckLabelsOptions, type LabelCount } from './labels.ts';
export type { DatasetProblem, LabelNames, LabelRegion } from './label-names.ts';
export { findCases, type Dataset, type DatasetCase } from './dataset.ts';
export { findTrainingCases, type TestLock, type TrainingDataset } from './training-cases.ts';
export { checkScanHeader, formatOf, readScanHere, scanFormats, type ScanFormat } from './formats.ts';
export type { ReadOptions, ScanFile, ScanHeader } from './scan-file.ts';
export { readScan, type ReadScanOptions } from './read-scan.ts';
export { listDicomSeries, type DicomListing, type DicomSeries } from './dicom/list-series.ts';
export type { CachedFile, DicomHeaderCache } from './dicom/index-files.ts';
export { DicomHeaderFile } from './dicom/header-cache-file.ts';
export { mayBeDicom } from './dicom/may-be-dicom.ts';
export { readDicom } from './dicom/read.ts';
export { seriesPathOf, type SeriesPath } from './dicom/series-path.ts';
export { filesOf } from './list-files.ts';
export { findScans, type FoundScan, type FoundScans, type ImportProblem } from './find-scans.ts';
export { evenSpacing, offeredRepairs, repaired, straighten } from './repair.ts';
export { readMetaImage } from './metaimage/read.ts';
export { readNrrd } from './nrrd/read.ts';
export { readNifti } from './nifti/read.ts';
export { INTENT_LABEL, writeNifti, type WriteNiftiOptions } from './nifti/write.ts';
export { isStoredScan, readStoredScan } from './stored-scan.ts';
export { scanInfo, type ScanInfo } from './info.ts';
export { fileFingerprint } from './fingerprint.ts';
export { preparationSettings, prepareLabels, prepareScan, toFirstFastest, type PreparationSettings, type PreparedScan } from './prepare.ts';
