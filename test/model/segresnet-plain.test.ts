import { testSegResNet } from './support/segresnet-golden.ts';

testSegResNet('tensorflow', { plain: true }, 1e-5);
