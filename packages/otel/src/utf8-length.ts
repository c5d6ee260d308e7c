/** Bytes that a text takes as UTF-8, in which a lone surrogate becomes U+FFFD. */
export const utf8Length: (text: string) => number =
  typeof Buffer === 'undefined' ? countedLength : (text) => Buffer.byteLength(text)

/** The same, where there is nothing of the platform's that tells it without encoding the text. */
export function countedLength(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    length += unit < 0x800 ? 1 : 2
    const next = text.charCodeAt(i + 1)
    // Two units, four bytes.
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) i += 1
  }
  return length
}
