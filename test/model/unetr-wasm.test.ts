import { testGolden } from './support/golden.ts';

testGolden('wasm', {}, { fused: false });
