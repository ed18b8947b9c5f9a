/** WebAssembly memory of a decode process in pages of 64 KiB: 512 MB, enough for pictures of 50 megapixels. */
export const WASM_PAGES = 8192;
/** Memory of a decode process in bytes, all taken together. WebAssembly is bounded by a flag, this bounds all else. */
export const LARGEST_RESIDENT_BYTES = 2 * 1024 ** 3;
/** Seconds for one picture; a slice takes milliseconds. */
export const SECONDS_A_PICTURE = 20;
/** Seconds for a file of labels, unless the caller gives others. */
export const SECONDS_A_LABEL_FILE = 120;
/** From one look at a process' memory to the next. */
export const WATCH_MILLISECONDS = 100;
