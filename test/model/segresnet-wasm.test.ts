import { testSegResNet } from './support/segresnet-golden.ts';

testSegResNet('wasm', {}, 1e-5);
