/** 256 bits: nobody guesses one, however many are outstanding. */
const BYTES = 32
/** As many characters as base64url needs for them, without padding. */
const FORM = /^[\w-]{43}$/

/** Makes what only its holder knows. */
export function newSecret(): string {
  return base64url(globalThis.crypto.getRandomValues(new Uint8Array(BYTES)))
}

/** Whether it has the form of a secret: what has not is never looked up. */
export function isSecret(text: string): boolean {
  return FORM.test(text)
}

/** What a secret is kept under. It is random already, so that a hash without salt gives nothing away. */
export async function hashOf(secret: string): Promise<string> {
  const hash = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))
  return base64url(new Uint8Array(hash))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
