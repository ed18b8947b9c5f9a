import { testConformance } from './support/conformance.ts';

testConformance('wasm', {}, { fused: false });
