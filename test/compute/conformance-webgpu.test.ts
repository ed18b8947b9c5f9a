import { testConformance } from './support/conformance.ts';
import { allowSoftwareGpu } from './support/software-gpu.ts';

allowSoftwareGpu();
testConformance('webgpu', {}, { fused: false });
