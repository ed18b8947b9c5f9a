import { createHash, randomUUID } from 'node:crypto';

/** A fresh UID made of a random UUID under the root 2.25 (PS3.5 B.2): no registration, and nothing of machine or time in it. */
export function freshUid(): string {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
}

/** The UID that follows from a text, always the same. */
export function uidFrom(text: string): string {
  return `2.25.${BigInt(`0x${createHash('sha256').update(text).digest('hex').slice(0, 32)}`)}`;
}

/** Names the program in the file meta information; always the same. */
export const IMPLEMENTATION_CLASS_UID = '2.25.214731859623481972305610397284615093471';
