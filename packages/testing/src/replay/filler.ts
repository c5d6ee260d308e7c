/** A payload of that size, in place of one that nobody has written down. */
export function filler(kind: 'text' | 'binary', size: number): string | Uint8Array {
  return kind === 'text' ? 'x'.repeat(size) : new Uint8Array(size)
}
