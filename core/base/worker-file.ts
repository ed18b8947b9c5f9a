/**
 * The file of a worker thread that lies beside its caller, compiled as the caller is. Undefined where the caller runs from its TypeScript
 * source (tests) in a Node without type stripping, which cannot load the worker's source: then the work stays in the caller's thread.
 * @param name without ending
 * @param caller `import.meta.url`
 */
export function workerFile(name: string, caller: string): URL | undefined {
  const source = caller.endsWith('.ts');
  if (source && !('typescript' in process.features && process.features.typescript)) return undefined;
  return new URL(`./${name}.${source ? 'ts' : 'js'}`, caller);
}

/** Flags for a worker made from a file. A program given by `node -e` has --input-type, which such a worker refuses. */
export function workerFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--input-type'));
}
