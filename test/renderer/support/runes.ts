/** Svelte's compiler does not run in these tests: state is then what a plain field is. */
const plain = <T>(value: T): T => value;
Object.assign(globalThis, { $state: Object.assign(plain, { raw: plain, snapshot: plain }) });
