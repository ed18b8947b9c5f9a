import fc from 'fast-check';

// Property tests draw the same cases in every run, so that a red run tells of the change that made it red.
// Other cases: TESSERA_SEED=$RANDOM npm test
fc.configureGlobal({ seed: Number(process.env['TESSERA_SEED'] ?? 1) });
