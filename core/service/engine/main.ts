// The program of an engine process: does what the host asks over its channel.
import { handlers } from './handlers/index.ts';
import { runEngine } from './run-engine.ts';

runEngine(handlers);
