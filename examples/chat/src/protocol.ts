// What the page and the application say to each other: JSON, one object a message. What comes in is judged here, and
// nowhere else: everything past `parse` can trust its types.

import type { Message } from '@linkspan/core'

/** What the page says. `hello` comes first, and once. */
export type FromPage =
  | { readonly type: 'hello'; readonly name: string }
  | { readonly type: 'say'; readonly id: string; readonly text: string }
  | { readonly type: 'typing' }

/**
 * What the application says. `said` goes to everybody in the room, its author included: that is the receipt. `joined`
 * is said of every window, `left` of a person's last one.
 */
export type ToPage =
  | {
      readonly type: 'welcome'
      readonly room: string
      readonly name: string
      readonly people: readonly string[]
    }
  | { readonly type: 'joined'; readonly name: string }
  | { readonly type: 'left'; readonly name: string }
  | {
      readonly type: 'said'
      readonly id: string
      readonly name: string
      readonly text: string
      readonly at: number
    }
  | { readonly type: 'refused'; readonly id: string; readonly reason: string }
  | { readonly type: 'typing'; readonly name: string }
  | { readonly type: 'notice'; readonly text: string }

/** The most characters of one text. */
export const MAX_TEXT = 2_000

/** No control characters, nothing invisible, nothing that turns the writing around: a name cannot pose as another. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .'-]{0,23}$/u
export const NAME_RULE = 'a name is 1 to 24 letters, digits, spaces, dots, dashes or apostrophes'

const ROOM = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}-]{0,31}$/u
export const ROOM_RULE = 'a room is 1 to 32 letters, digits or dashes'

/** Answers the name as everybody will see it, or `undefined` where it is none. */
export function nameOf(given: string): string | undefined {
  const name = given.normalize('NFKC').trim()
  return NAME.test(name) ? name : undefined
}

export function isRoom(given: string | undefined): given is string {
  return given !== undefined && ROOM.test(given)
}

/** Writes what the application says. */
export function encode(message: ToPage): string {
  return JSON.stringify(message)
}

/**
 * Reads what a page says; `undefined` where it is not exactly in the protocol. A key too many is one, `__proto__` too,
 * so nothing unknown is carried along to where somebody might merge it.
 */
export function parse(message: Message): FromPage | undefined {
  const value = message.kind === 'text' ? jsonOf(message) : undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { type, ...fields } = value as Record<string, unknown>
  switch (type) {
    case 'hello': {
      const { name, ...rest } = fields
      return typeof name === 'string' && isEmpty(rest) ? { type, name } : undefined
    }
    case 'say': {
      const { id, text, ...rest } = fields
      const known = typeof id === 'string' && id.length <= 40 && typeof text === 'string'
      return known && isEmpty(rest) ? { type, id, text } : undefined
    }
    case 'typing':
      return isEmpty(fields) ? { type } : undefined
    default:
      return undefined
  }
}

function jsonOf(message: Message): unknown {
  try {
    return message.json()
  } catch {
    return undefined
  }
}

function isEmpty(rest: object): boolean {
  return Object.keys(rest).length === 0
}
