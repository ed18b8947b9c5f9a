import { bundle } from './bundle.ts';

// One CommonJS file is what a sandboxed preload must be.
export default bundle('preload.ts', 'preload.cjs', 'cjs');
