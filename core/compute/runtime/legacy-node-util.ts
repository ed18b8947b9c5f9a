import util from 'node:util';

/** Puts back what tfjs-node 4.22 still calls of `node:util` when its kernels run: Node 22 warns at the first call, Node 23 removed it. */
export function restoreLegacyUtil(): void {
  const legacy: Record<string, (value: unknown) => boolean> = {
    isArray: Array.isArray,
    isBoolean: (value) => typeof value === 'boolean',
    isFunction: (value) => typeof value === 'function',
    isNull: (value) => value === null,
    isNullOrUndefined: (value) => value === null || value === undefined,
    isNumber: (value) => typeof value === 'number',
    isObject: (value) => typeof value === 'object' && value !== null,
    isString: (value) => typeof value === 'string',
    isUndefined: (value) => value === undefined,
  };
  for (const [name, test] of Object.entries(legacy)) {
    Object.defineProperty(util, name, { value: test, configurable: true, writable: true, enumerable: true });
  }
}
