import type { Served, Stage } from '@linkspan/testing'
import { type JwtSettings, jwt, type TokenMiddleware } from '../../src/index.js'
import { ADA, NOW, SECRET, sign } from '../issuer.js'

/** Claims that some token has besides, or instead of, those of {@link ADA}. */
export type Claims = Readonly<Record<string, unknown>>

/** What authenticates in these chapters: the real thing, on the stage's clock. */
export function tokensOf(stage: Stage, settings: JwtSettings = {}): TokenMiddleware {
  return jwt({ secret: SECRET, clock: stage.clock, ...settings })
}

/** A token of Ada's, but for these claims. */
function tokenOf(claims: Claims = {}): Promise<string> {
  return sign({ ...ADA, ...claims })
}

/** What a client with such a token asks for. */
export async function asking(claims: Claims = {}): Promise<{ headers: { authorization: string } }> {
  return { headers: { authorization: `Bearer ${await tokenOf(claims)}` } }
}

/** A client with such a token that was let in. */
export async function enter(served: Served, claims: Claims = {}): ReturnType<Served['connect']> {
  return served.connect(await asking(claims))
}

/** A renewal, as `JSON.stringify` spells it. */
export async function renewalWith(claims: Claims): Promise<string> {
  return JSON.stringify({ type: 'renew', token: await tokenOf(claims) })
}

/** Seconds from the beginning of the stage, as tokens tell the time. */
export function at(seconds: number): number {
  return NOW + seconds
}
