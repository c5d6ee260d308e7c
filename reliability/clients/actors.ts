import type { Client } from './context.js'
import { conversing } from './conversing.js'
import { dying } from './dying.js'
import { hostile } from './hostile.js'

/** What a client does, from its beginning to its end. Rejects where the server did not do its part. */
export type Actor = (client: Client) => Promise<void>

/** Every kind of client, by what it does. */
export const actors: Readonly<Record<string, Actor>> = { ...conversing, ...dying, ...hostile }

/** Milliseconds that a client may take; the server's own deadlines are far shorter. */
const PATIENCE = 20_000

/** Lets a client act, and tells what was not as it should be. */
export async function act(kind: string, client: Client): Promise<string | undefined> {
  const actor = actors[kind]
  if (actor === undefined) throw new Error(`there is no client that is '${kind}'`)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`'${kind}' was not over after ${PATIENCE} ms`), PATIENCE)
  })
  const acted = actor(client).then(
    () => undefined,
    (thrown: unknown) => `'${kind}': ${thrown instanceof Error ? thrown.message : String(thrown)}`,
  )
  return Promise.race([acted, late]).finally(() => clearTimeout(timer))
}
