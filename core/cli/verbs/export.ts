import { Option, type Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import { labelFormats, treeLayouts, type LabelFormat, type TreeLayout } from '../export/formats.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

export interface ExportCliOptions {
  readonly scan?: string;
  readonly format: LabelFormat | TreeLayout;
  readonly out: string;
  readonly preset?: string;
  readonly resample: boolean;
  readonly segType: 'binary' | 'labelmap';
  readonly compress: 'none' | 'deflate' | 'rle';
  readonly smooth: number;
}

export const exportVerb: Verb = {
  name: 'export',
  summary: 'labels in another format: NIfTI, DICOM segmentation, RT structures, report, surfaces; or a data set as a tree for others',
  writes: '`DIR/<labels name>.nii.gz`, `.seg.dcm`, `.rtstruct.dcm`, `.sr.dcm`, `-<segment>.stl`, `.obj`; or `DIR/imagesTr`, `DIR/labelsTr`',
  define: (command: Command) =>
    command
      .argument('<labels>', 'a label map, DICOM segmentation or RT structure set; for msd and nnunet a folder of scans with label maps')
      .option('--scan <scan>', 'the scan that the labels belong to; for DICOM formats its DICOM folder')
      .addOption(
        new Option('--format <name>', 'sr also writes the segmentation that it points at; stl and obj are in LPS millimetres')
          .choices([...labelFormats, ...treeLayouts])
          .makeOptionMandatory(),
      )
      .requiredOption('--out <dir>', 'folder for the files')
      .option('--preset <name>', 'what label values mean: btcv, totalsegmentator, hippocampus, brats-2015, brats-2021, brats-2023')
      .option('--resample', 'allow labels on another grid to be brought onto the scan by the nearest voxel', false)
      .addOption(
        new Option('--seg-type <name>', 'of dicom-seg: binary is read everywhere, labelmap is new')
          .choices(['binary', 'labelmap'])
          .default('binary'),
      )
      .addOption(
        new Option('--compress <name>', 'of dicom-seg: deflate packs the file, rle the frames of a labelmap')
          .choices(['none', 'deflate', 'rle'])
          .default('none'),
      )
      .option('--smooth <n>', 'of stl and obj: times that the surface is smoothed, by less than a voxel', wholeNumber(0, 100), 0),
  run,
};

async function run(session: Session, [labels = '']: readonly string[], options: ExportCliOptions): Promise<void> {
  const { format } = options;
  if (format === 'msd' || format === 'nnunet') await (await import('../export/tree.ts')).exportTree(session, labels, format, options.out);
  else await (await import('../export/labels.ts')).exportLabels(session, labels, format, options);
}
