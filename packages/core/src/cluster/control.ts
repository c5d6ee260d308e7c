import type { Item } from './envelope.js'
import type { Head } from './outgoing.js'
import type { NodeInfo } from './roster.js'

/** One connection in a topic's presence, as it travels. */
export interface Present {
  readonly id: string
  readonly subject: string
  readonly meta: unknown
}

/** What nodes say to each other. */
export type Control =
  | {
      readonly type: 'beat'
      readonly info: NodeInfo
      /** What it has published lately. */
      readonly heads?: readonly Head[]
      /** Whether all others are to say it too. */
      readonly hello?: boolean
    }
  | { readonly type: 'bye' }
  | { readonly type: 'ask'; readonly id: number; readonly what: string; readonly about: unknown }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'event'; readonly event: string; readonly payload: unknown }
  | RoomWord

/** What nodes say to each other about who is present in a topic. */
export type RoomWord =
  | { readonly type: 'joined'; readonly one: Present }
  | { readonly type: 'left'; readonly id: string }
  /** All there are of the sender, in parts: those before this one were so many, and it may be the last. */
  | {
      readonly type: 'present'
      readonly all: readonly Present[]
      readonly before: number
      readonly last: boolean
    }
  | { readonly type: 'who' }

const utf8 = new TextEncoder()
const decoder = new TextDecoder()

export function controlItem(control: Control, headers?: Uint8Array): Item {
  return { kind: 'control', data: utf8.encode(JSON.stringify(control)), headers }
}

/** `undefined` for what is none. */
export function readControl({ data }: Item): Control | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(data))
    return typeof value === 'object' && value !== null && 'type' in value ? (value as Control) : undefined
  } catch {
    return undefined
  }
}
