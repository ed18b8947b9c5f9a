import util from 'node:util';

/** Put back what Node 23 removed from `node:util` and tfjs-node 4.22 still calls when its kernels run. */
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
    if (!(name in util)) Object.defineProperty(util, name, { value: test, configurable: true, writable: true, enumerable: true });
  }
}
