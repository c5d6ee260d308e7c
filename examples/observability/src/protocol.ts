import type { Message } from '@linkspan/core'

/** What a client says. */
export type Said =
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'search'; readonly text: string }
  | { readonly type: 'archive' }

/** What a client hears. `welcome` tells it the id of its connection, by which it is found in the log and explained. */
export type Heard =
  | { readonly type: 'welcome'; readonly connection: string }
  | { readonly type: 'said'; readonly name: string; readonly text: string }
  | { readonly type: 'found'; readonly lines: readonly string[] }
  | { readonly type: 'archive'; readonly pages: string }

export function encode(what: Said | Heard): string {
  return JSON.stringify(what)
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
  if (said.type === 'archive') return { type: 'archive' }
  if (said.type !== 'say' && said.type !== 'search') return undefined
  if (!('text' in said && typeof said.text === 'string' && said.text !== '')) return undefined
  return { type: said.type, text: said.text }
}
