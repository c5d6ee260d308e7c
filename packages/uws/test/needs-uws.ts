import { beforeEach } from 'vitest'
import { missing } from './load.js'

/** Skips every test of a file where uWebSockets.js does not load, and says why. */
export function needsUws(): void {
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing)
  })
}
