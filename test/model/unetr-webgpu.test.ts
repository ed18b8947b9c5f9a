import { allowSoftwareGpu } from '../compute/support/software-gpu.ts';
import { testGolden } from './support/golden.ts';

allowSoftwareGpu();
testGolden('webgpu', {}, { fused: false });
