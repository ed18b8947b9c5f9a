import type { Triple } from '../volume.ts';
import * as data from './data-set.ts';
import type { DataSet } from './data-set.ts';
import { axesOf, imageOf, pixelSpacingOf, type DicomContent, type DicomFrame, type DicomImage } from './image.ts';
import { mosaicFrames } from './mosaic.ts';
import type { DicomHeader } from './read-header.ts';

/**
 * The pictures of a DICOM file with their places: one, one for each frame of an enhanced multi-frame file, or the slices that a
 * Siemens mosaic shows side by side.
 * @throws TesseraError as {@link imageOf}
 */
export function framesOf(header: DicomHeader): DicomContent {
  const image = imageOf(header);
  const { dataSet } = header;
  const perFrame = data.items(dataSet, 'x52009230');
  if (perFrame.length > 0) return { image, frames: enhancedFrames(image, dataSet, perFrame) };
  const single = plainFrame(image, dataSet, 0);
  if (image.pixels.frames > 1) return { image, frames: unplacedFrames(single, image.pixels.frames) };
  return { image, frames: mosaicFrames(single, dataSet) ?? [single] };
}

function plainFrame(image: DicomImage, dataSet: DataSet, index: number): DicomFrame {
  return {
    image,
    index,
    columns: image.pixels.columns,
    rows: image.pixels.rows,
    ...placeOf(data.triple(dataSet, 'x00200032'), axesOf(dataSet), pixelSpacingOf(dataSet)),
    ...sliceSpacing(data.number(dataSet, 'x00180088') ?? data.number(dataSet, 'x00180050')),
    slope: data.number(dataSet, 'x00281053') ?? 1,
    intercept: data.number(dataSet, 'x00281052') ?? 0,
    kind: image.imageType.join('\\'),
    times: [
      data.number(dataSet, 'x00180081') ?? 0,
      data.number(dataSet, 'x00200100') ?? 0,
      data.number(dataSet, 'x00200012') ?? 0,
      data.number(dataSet, 'x00181060') ?? 0,
      image.instanceNumber,
    ],
  };
}

/** Frames of an old multi-frame file, whose header gives one position for all (PS3.3 C.7.6.6): their places are unknown. */
function unplacedFrames(first: DicomFrame, count: number): DicomFrame[] {
  const { position, ...frame } = first;
  if (position !== undefined && count === 1) return [first];
  return Array.from({ length: count }, (_, index) => ({ ...frame, index, times: [...frame.times, index] }));
}

/** PS3.3 C.7.6.16: what holds for all frames is in the shared functional groups, what differs in each frame's own. */
function enhancedFrames(image: DicomImage, dataSet: DataSet, perFrame: readonly DataSet[]): DicomFrame[] {
  const shared = data.item(dataSet, 'x52009229');
  return perFrame.slice(0, image.pixels.frames).map((own, index) => {
    const group = (tag: string): DataSet | undefined => data.item(own, tag) ?? data.item(shared, tag);
    const position = group('x00209113');
    const measures = group('x00289110');
    const values = group('x00289145');
    const content = group('x00209111');
    const echo = group('x00189114');
    const frameType = group('x00189226') ?? group('x00189329');
    return {
      image,
      index,
      columns: image.pixels.columns,
      rows: image.pixels.rows,
      ...placeOf(position && data.triple(position, 'x00200032'), axesOf(group('x00209116')), pixelSpacingOf(measures)),
      ...sliceSpacing(measures && (data.number(measures, 'x00180088') ?? data.number(measures, 'x00180050'))),
      slope: (values && data.number(values, 'x00281053')) ?? 1,
      intercept: (values && data.number(values, 'x00281052')) ?? 0,
      kind: frameType === undefined ? '' : data.text(frameType, 'x00089007'),
      times: [
        (echo && data.float64(echo, 'x00189082')) ?? 0,
        (content && unsigned32(content, 'x00209128')) ?? 0,
        image.instanceNumber,
        index,
      ],
    };
  });
}

function unsigned32(dataSet: DataSet, tag: string): number | undefined {
  const element = dataSet.elements[tag];
  return element === undefined || element.length < 4 ? undefined : dataSet.uint32(tag);
}

type Place = Pick<DicomFrame, 'position' | 'axes' | 'pixelSpacing'>;

function placeOf(position?: Triple, axes?: readonly [Triple, Triple], pixelSpacing?: readonly [number, number]): Place {
  return {
    ...(position === undefined ? {} : { position }),
    ...(axes === undefined ? {} : { axes }),
    ...(pixelSpacing === undefined ? {} : { pixelSpacing }),
  };
}

function sliceSpacing(value: number | undefined): Pick<DicomFrame, 'sliceSpacing'> {
  return value === undefined || !(Math.abs(value) > 0) ? {} : { sliceSpacing: Math.abs(value) };
}
