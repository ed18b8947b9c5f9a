import { testConformance } from './support/conformance.ts';

testConformance('tensorflow', {}, { fused: true });
