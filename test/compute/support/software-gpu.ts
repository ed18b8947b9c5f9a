import { existsSync } from 'node:fs';
import { constants } from 'node:os';

/** Vulkan in software (SwiftShader) and the loader that finds it, as Debian's chromium package ships them. */
const swiftshader = '/usr/lib/chromium/vk_swiftshader_icd.json';
const loader = '/usr/lib/chromium/libvulkan.so.1';

/** Of glibc's dlfcn.h: closing the library leaves it in memory. */
const RTLD_NODELETE = 0x1000;

/** Lets the arithmetic of the WebGPU backend be checked on a machine without a graphics card. To be called before the backend starts. */
export function allowSoftwareGpu(): void {
  if (!existsSync(swiftshader)) return;
  process.env['VK_ICD_FILENAMES'] ??= swiftshader;
  // Dawn asks the system for libvulkan.so.1 by name, and gets the one that is in memory. It is no Node add-on, so this throws.
  try {
    process.dlopen({ exports: {} }, loader, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    return;
  }
}
