import { createHmac, timingSafeEqual } from 'node:crypto'

const KEY = 'the key of this suite'

/** The claims of a token that is good, for as long as a test lasts. */
export const ISSUED: {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly exp: number
} = {
  iss: 'https://id.example',
  aud: 'chat',
  sub: 'ada',
  exp: Date.UTC(2027, 0, 1) / 1_000,
}

/** What is to be otherwise about a token. */
export interface TokenParts {
  /** `undefined` leaves it out. */
  readonly alg?: string | undefined
  readonly key?: string
  readonly signature?: string
}

/** A JWT (RFC 7519) of these claims, right or wrong. */
export function signed(claims: unknown, { key = KEY, signature, ...header }: TokenParts = {}): string {
  const head = `${base64({ typ: 'JWT', alg: 'HS256', ...header })}.${base64(claims)}`
  return `${head}.${signature ?? sign(head, key)}`
}

/** Whether a token is one that this suite takes at an instant, in milliseconds. */
export function isSound(token: string, now: number): boolean {
  const [header = '', payload = '', signature = '', ...more] = token.split('.')
  const right = Buffer.from(sign(`${header}.${payload}`, KEY))
  const given = Buffer.from(signature)
  if (more.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return false
  const { alg } = parsed(header)
  const { iss, aud, sub, exp, nbf = 0 } = parsed(payload)
  if (alg !== 'HS256' || iss !== ISSUED.iss || aud !== ISSUED.aud || typeof sub !== 'string') return false
  return typeof exp === 'number' && typeof nbf === 'number' && nbf * 1_000 <= now && now < exp * 1_000
}

function sign(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function parsed(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
