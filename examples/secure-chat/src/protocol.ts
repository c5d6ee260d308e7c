// What the page and the application say to each other: JSON, one object a message.

import type { Message } from '@linkspan/core'

export const ROOMS = ['lobby', 'announcements', 'staff'] as const
type Room = (typeof ROOMS)[number]

/** What the page says; `renew` and its answers are those of `renewal()`. */
export type FromPage =
  | { readonly type: 'enter'; readonly room: Room }
  | { readonly type: 'say'; readonly room: Room; readonly text: string }

export type ToPage =
  | { readonly type: 'welcome'; readonly name: string; readonly rooms: readonly Room[] }
  | { readonly type: 'entered'; readonly room: Room }
  | { readonly type: 'said'; readonly room: Room; readonly name: string; readonly text: string }
  | { readonly type: 'denied'; readonly action: 'join' | 'publish'; readonly topic: string }
  | { readonly type: 'expiring'; readonly in: number }

const MAX_TEXT = 1_000

/** Writes what the application says. */
export function encode(message: ToPage): string {
  return JSON.stringify(message)
}

/** Reads what a page says; `undefined` where that is not in the protocol. */
export function parse(message: Message): FromPage | undefined {
  const { type, room, text } = fieldsOf(message)
  if (!isRoom(room)) return undefined
  if (type === 'enter') return { type, room }
  const isText = typeof text === 'string' && text.trim() !== '' && text.length <= MAX_TEXT
  return type === 'say' && isText ? { type, room, text } : undefined
}

function isRoom(value: unknown): value is Room {
  return (ROOMS as readonly unknown[]).includes(value)
}

function fieldsOf(message: Message): Readonly<Record<string, unknown>> {
  try {
    const value = message.kind === 'text' ? message.json<unknown>() : undefined
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
