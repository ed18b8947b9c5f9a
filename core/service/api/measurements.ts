export { measurements } from '../../workspace/measurements.ts';
export type { MeasurementsDocument as Measurements } from '../../workspace/measurements.ts';
