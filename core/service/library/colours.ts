export { segmentColour } from '../../labelling/segment-colours.ts';
