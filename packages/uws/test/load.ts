import { loud } from '../../../tests/support/loud.js'

type Uws = typeof import('uWebSockets.js')

const loaded: Uws | string = await import('uWebSockets.js').then(
  (module) => module.default as unknown as Uws,
  (error: unknown) =>
    `uWebSockets.js does not load here, and nothing of @linkspan/uws is tested: ${String(error)}`,
)

/** Why there is no native server: its binaries want certain versions of Node and of the C library. */
export const missing: string | undefined = loud(typeof loaded === 'string' ? loaded : undefined)

/** uWebSockets.js. Only for tests under `needsUws`, which do not run without it. */
export function uWS(): Uws {
  if (typeof loaded === 'string') throw new Error(loaded)
  return loaded
}
