import { memoryBroker } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.js'

describe('errors', () => {
  it('are counted by their codes: those of connections, and those of none', async () => {
    const scene = new Scene()
    const hub = memoryBroker()
    const app = scene.app({ broker: hub }).message(() => {
      throw new Error('mine')
    })
    app.on('open', () => {
      throw new Error('mine')
    })
    const { served } = await scene.measured(app)
    await scene.pass(100)
    const peer = await served.connect()
    peer.send('hello')
    await scene.pass()
    hub.cut()
    await scene.pass(100)
    const table = (await scene.read()).table('errors')
    expect(table).toEqual({ LINKSPAN_HANDLER: 1, LINKSPAN_LISTENER: 1, LINKSPAN_BROKER: 1 })
    expect(app.stats().totals.errors).toBe(3)
  })

  it('still reach the logger, where nobody else listens', async () => {
    const scene = new Scene()
    const logged: unknown[] = []
    const nothing = (): void => {}
    const logger = {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (fields: object) => logged.push(fields),
    }
    const app = scene.app({ logger }).message(() => {
      throw new Error('mine')
    })
    const { served } = await scene.measured(app)
    ;(await served.connect()).send('hello')
    await scene.pass()
    expect(logged).toContainEqual(expect.objectContaining({ code: 'LINKSPAN_HANDLER' }))
  })
})
