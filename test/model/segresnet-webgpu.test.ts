import { allowSoftwareGpu } from '../compute/support/software-gpu.ts';
import { testSegResNet } from './support/segresnet-golden.ts';

allowSoftwareGpu();
testSegResNet('webgpu', {}, 1e-4);
