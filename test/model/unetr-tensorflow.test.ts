import { testGolden } from './support/golden.ts';

testGolden('tensorflow', {}, { fused: true });
