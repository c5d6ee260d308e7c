/** 16 bytes in base64url (RFC 4648 §5): of the last character only two bits are used. */
const SHAPE = /^[\w-]{21}[AQgw]$/

/** A session id: 128 random bits, 22 characters. */
export function makeId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Whether this could be an id that {@link makeId} made: nothing else is worth a question to the store. */
export function isId(text: string | null | undefined): text is string {
  return typeof text === 'string' && SHAPE.test(text)
}
