import { beforeEach } from 'vitest'

type Uws = typeof import('uWebSockets.js')

/** The native server, or why there is none: its binaries want certain versions of Node and of the C library. */
const loaded: Uws | string = await import('uWebSockets.js').then(
  (module) => module.default as unknown as Uws,
  (error: unknown) =>
    `uWebSockets.js does not load here, and nothing of @linkspan/uws is tested: ${String(error)}`,
)

if (typeof loaded === 'string') {
  if (process.env['LINKSPAN_REQUIRE_ALL'] === '1') throw new Error(loaded)
  console.error(`\n!!! ${loaded}\n`)
}

/** uWebSockets.js. Only for tests under `needsUws`, which do not run without it. */
export function uWS(): Uws {
  if (typeof loaded === 'string') throw new Error(loaded)
  return loaded
}

/** Skips every test of this file where uWebSockets.js does not load. */
export function needsUws(): void {
  beforeEach((context) => {
    if (typeof loaded === 'string') context.skip(loaded)
  })
}
