// What other rooms use of labels in and out.
export type { Code, SegmentDescription } from './codes.ts';
export { plainSegment } from './codes.ts';
export { writeDatasetTree, type TreeCase, type TreeOptions, type WrittenTree } from './dataset-tree.ts';
export { describeLabelObject, type LabelObjectDescription } from './describe-object.ts';
export type { LabelTarget } from './label-target.ts';
export { labelsOnGrid, type GridLabels, type GridOptions } from './on-grid.ts';
export { describeValues, presetSegments, readLabels, type LabelsOfScan, type LabelsOfScanOptions } from './read-labels.ts';
export { readDicomLabels, type ReadApartOptions } from './read-apart.ts';
export { readStructureSet } from './read-rtstruct.ts';
export { readSegmentation, type ReadLabels, type ReadLabelsOptions } from './read-seg.ts';
export { segmentNumbers, type SegmentNumbers } from './segment-numbers.ts';
export { isDicomPath, labelTargetOf, readSourceSeries, type SourceSeries, type SourceSlice } from './source-series.ts';
export { enclosedVolume, surfaceOf, type Surface } from './surface.ts';
export { encodeStructureSet, writeStructureSet } from './write-rtstruct.ts';
export { encodeSegmentation, writeSegmentation, type SegOptions, type WrittenSeg } from './write-seg.ts';
export { encodeMeasurementReport, writeMeasurementReport } from './write-sr.ts';
export { writeObj, writeStl } from './write-surface.ts';
export { organPreset, presetNames, segmentByName, type OrganPreset } from '../organ-presets/presets.ts';
