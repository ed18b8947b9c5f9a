import { testGolden } from './support/golden.ts';

testGolden('tensorflow', { plain: true }, { fused: false });
