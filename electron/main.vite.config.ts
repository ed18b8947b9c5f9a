import { bundle } from './bundle.ts';

export default bundle('main.ts', 'main.js', 'es');
