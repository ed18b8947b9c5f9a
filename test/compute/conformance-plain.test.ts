import { testConformance } from './support/conformance.ts';

testConformance('tensorflow', { plain: true }, { fused: false });
