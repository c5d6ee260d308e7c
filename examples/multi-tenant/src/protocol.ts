import type { Message } from '@linkspan/core'

/** What a client says. */
export type Said =
  | { readonly type: 'add'; readonly text: string }
  | { readonly type: 'list' }
  | { readonly type: 'inspect'; readonly tenant: string; readonly reason: string }

/** One note. */
export interface Note {
  readonly id: number
  readonly author: string
  readonly text: string
}

/** What a client hears. */
export type Heard =
  | { readonly type: 'added'; readonly note: Note }
  | { readonly type: 'notes'; readonly notes: readonly Note[] }
  | { readonly type: 'inspected'; readonly tenant: string; readonly notes: number }
  | { readonly type: 'denied' }

export function encode(heard: Heard): string {
  return JSON.stringify(heard)
}

/** What somebody said; `undefined` for what is not in the protocol. */
export function parse(message: Message): Said | undefined {
  let said: unknown
  try {
    said = message.json<unknown>()
  } catch {
    return undefined
  }
  if (typeof said !== 'object' || said === null || !('type' in said)) return undefined
  if (said.type === 'list') return { type: 'list' }
  if (said.type === 'add' && 'text' in said && isText(said.text, 2_000))
    return { type: 'add', text: said.text }
  if (said.type !== 'inspect' || !('tenant' in said && 'reason' in said)) return undefined
  const { tenant, reason } = said
  if (!(isText(tenant, 128) && isText(reason, 256))) return undefined
  return { type: 'inspect', tenant, reason }
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= most && !value.includes('\u0000')
}
