import { Message, type Sendable } from '@linkspan/core'
import type { TenantQuery } from './tenant-view.js'

/** What nodes say to each other of one tenant. */
export type Word =
  | { readonly type: 'text'; readonly tenant: string; readonly data: string }
  | { readonly type: 'binary'; readonly tenant: string; readonly data: string }
  | {
      readonly type: 'disconnect'
      readonly tenant: string
      readonly query: Omit<TenantQuery, 'topic'>
      readonly code: number
      readonly reason: string | undefined
    }

/** Characters that one call turns into a string: engines take some 65,000 arguments. */
const CHUNK = 8_192

/** What is to be sent, as JSON carries it. */
export function packed(tenant: string, data: Sendable): Word {
  if (typeof data === 'string') return { type: 'text', tenant, data }
  if (data instanceof Message && data.kind === 'text') return { type: 'text', tenant, data: data.text() }
  const bytes = data instanceof Message ? data.bytes() : new Uint8Array(data)
  let characters = ''
  for (let from = 0; from < bytes.length; from += CHUNK) {
    characters += String.fromCharCode(...bytes.subarray(from, from + CHUNK))
  }
  return { type: 'binary', tenant, data: btoa(characters) }
}

export function unpacked({ type, data }: Extract<Word, { readonly data: string }>): string | Uint8Array {
  return type === 'text' ? data : Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
}
