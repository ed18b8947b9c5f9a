export { html, Html, type Content } from './html.ts';
export { renderReport, reportPolicy, type Report, type ReportSection } from './page.ts';
export { factList, keyFigures, notice, table, type Column } from './table.ts';
export { lineChart, type LineChart, type LineMark, type LineSeries } from './line-chart.ts';
export { lineChartFile } from './line-chart-file.ts';
export { dotChart, type DotChart, type DotEntry } from './dot-chart.ts';
export { scatterChart, type ScatterChart } from './scatter-chart.ts';
export type { Axis } from './chart-axes.ts';
export { comparisonResultTable, evaluationDotChart, evaluationSummaryTable, type NamedEvaluation } from './evaluation-figures.ts';
export { bareGeometry, viewPlane, type Marks, type Plane, type ViewPlane } from './view-plane.ts';
export { fullestSlice, takeSlice, type Slice, type SliceSource } from './slice.ts';
export {
  greyPicture,
  heatPicture,
  overlayLabels,
  type OverlayStyle,
  type PictureSize,
  type SlicePicture,
  type Window,
} from './slice-picture.ts';
export { figure, heatLegend, labelLegend, pictureHtml, pictureRow } from './picture-figure.ts';
export { describeSheet, sheetHtml, sheetPicture, sheetPng, type Sheet, type SheetStyle } from './sheet.ts';
export { heatColour, labelColour } from './colours.ts';
export type { Picture, Rgb } from './picture.ts';
export { encodePng, pngDataUri } from './png.ts';
