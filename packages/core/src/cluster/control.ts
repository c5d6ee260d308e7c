import type { Item } from './envelope.js'
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
      readonly greeting?: Greeting
    }
  | { readonly type: 'bye' }
  | { readonly type: 'ask'; readonly id: number; readonly what: string; readonly about: unknown }
  | AnswerPart
  | { readonly type: 'event'; readonly event: string; readonly payload: unknown }
  | RoomWord

/**
 * Why a beat is said out of turn: `hello`: its node has just come, or come back; `answer`: so has another one. Both are said
 * only by who listens, and are never old; other beats may have lain in an engine that hung.
 */
export type Greeting = 'hello' | 'answer'

/** The JSON of an answer, in parts: those before this one were so many, and it may be the last. */
export interface AnswerPart {
  readonly type: 'answer'
  readonly id: number
  readonly part: string
  readonly before: number
  readonly last: boolean
}

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

/** Characters of JSON that one word from node to node carries: the smallest payload that an engine takes has room for it. */
export const PART = 16_384

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
