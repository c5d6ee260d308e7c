import fc from 'fast-check'

/** Any text, code points of every size, and surrogates that have lost their other half. */
export function anyText(maxLength = 20): fc.Arbitrary<string> {
  const point = fc.oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0x7ff }),
    fc.integer({ min: 0xd7f0, max: 0xe010 }),
    fc.integer({ min: 0x10000, max: 0x10ffff }),
  )
  return fc.string({ unit: point.map((code) => String.fromCodePoint(code)), maxLength })
}
