import { afterAll, beforeAll, beforeEach } from 'vitest'

/** An engine for the tests of a block; `start` may tell of it before it runs, so that one which does not is ended as well. */
export function ownEngine<Engine extends { stop(): Promise<void> }>(
  missing: string | undefined,
  start: (made: (engine: Engine) => void) => Promise<Engine>,
  timeout?: number,
): () => Engine {
  let engine: Engine | undefined
  beforeAll(async () => {
    if (missing !== undefined) return
    engine = await start((made) => {
      engine = made
    })
  }, timeout)
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing)
  })
  afterAll(() => engine?.stop())
  return () => {
    if (engine === undefined) throw new Error('there is no engine: it is started before the tests')
    return engine
  }
}
