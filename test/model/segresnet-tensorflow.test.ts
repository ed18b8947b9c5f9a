import { testSegResNet } from './support/segresnet-golden.ts';

testSegResNet('tensorflow', {}, 1e-5);
