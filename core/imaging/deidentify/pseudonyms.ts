import { createHmac } from 'node:crypto';

/**
 * Replacements that follow from a secret key: the same value gives the same replacement in every file and every run with that key, and
 * without the key nothing leads back.
 */
export class Pseudonyms {
  private readonly key: Uint8Array;
  private readonly uids = new Map<string, string>();

  /** @param key 32 random bytes */
  constructor(key: Uint8Array) {
    this.key = key;
  }

  /** A UID under the root 2.25 (PS3.5 B.2), made of a UUID of version 8 (RFC 9562). */
  uid(original: string): string {
    const known = this.uids.get(original);
    if (known !== undefined) return known;
    const bytes = this.digest('uid', original).subarray(0, 16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const uid = `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
    this.uids.set(original, uid);
    return uid;
  }

  /** The name and number that a patient gets. @param patient whatever tells patients apart */
  patient(patient: string): string {
    return `ANON-${this.digest('patient', patient).toString('hex', 0, 6).toUpperCase()}`;
  }

  /** Days by which the dates of a patient go back: one to ten years. */
  shiftDays(patient: string): number {
    return 366 + (this.digest('dates', patient).readUInt32LE(0) % 3287);
  }

  /** A short name for files and folders. */
  fileName(original: string): string {
    return this.digest('file', original).toString('hex', 0, 6);
  }

  /** A name that follows from the content of a file, where it has no UID. */
  contentName(bytes: Uint8Array): string {
    return createHmac('sha256', this.key).update('content\0').update(bytes).digest('hex');
  }

  private digest(purpose: string, value: string): Buffer {
    return createHmac('sha256', this.key).update(`${purpose}\0${value}`, 'utf8').digest();
  }
}
