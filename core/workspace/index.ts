// What other rooms use of this one.
export { createWorkspace, openLentWorkspace, openWorkspace, type LentAuditEntry, type OpenOptions } from './open-workspace.ts';
export { drawSplit, splitParts, type DrawnSplit, type SplitPart, type SplitShares } from './draw-split.ts';
export { currentSplit, lockedTest } from './splits.ts';
export type { Loan } from './loan.ts';
export type { Access, ItemFolder, Workspace } from './workspace.ts';
export type { Removed } from './removed.ts';
export type { AddedScan, Listing, NewScan } from './scans.ts';
export { newId } from './ids.ts';
export { importLabels, layerLabel, type ImportLabelsOptions } from './import-labels.ts';
export { importScans, type Imported, type ImportedScan, type ImportOptions } from './import-scans.ts';
export type { NewLayer } from './layers.ts';
export type { LabelChange, LabelLayer } from './label-layer.ts';
export type { LayerDocument, LayerSegment, ScanDocument, SplitDocument, VersionDocument, WorkspaceDocument } from './schemas.ts';
export type { MeasurementsDocument } from './measurements.ts';
export { verifyAudit, type AuditDetails, type AuditEntry, type AuditVerdict } from './audit.ts';
export { diskTrouble, type DiskTrouble } from './disk-trouble.ts';
