import { describe, expect, it } from 'vitest'
import type { RunInContext } from '../src/ports/context.js'
import type { Watcher } from '../src/ports/observer.js'
import { Bench } from './fake.js'

/** An application that echoes, watched by all of these. */
function watchedBy(watchers: readonly Watcher[], options: Parameters<typeof Bench.open>[0] = {}) {
  const bench = Bench.open(options).with((app) => app.message((conn, message) => conn.send(message.text())))
  for (const watcher of watchers) bench.app.observe({ watch: () => watcher })
  return bench
}

describe('several watchers', () => {
  const mine = (): never => {
    throw new Error('mine')
  }

  it('are all told of a message, also behind ones that throw, and each of those is reported once', async () => {
    const told: string[] = []
    const teller = (name: string): Watcher => ({
      received: () => told.push(`${name} received`),
      message: () => {
        told.push(`${name} message`)
        return undefined
      },
      sent: () => told.push(`${name} sent`),
    })
    const thrower: Watcher = { received: mine, message: mine, sent: mine }
    const bench = watchedBy([teller('first'), thrower, thrower, teller('last')])
    const { transport } = await bench.connect()
    transport.receive('hello')
    expect(told).toEqual(['received', 'message', 'sent'].flatMap((what) => [`first ${what}`, `last ${what}`]))
    expect(bench.errors).toEqual(Array.from({ length: 6 }, () => 'LINKSPAN_LISTENER'))
    expect(transport.sent).toEqual(['hello'])
  })

  it('go around a message one within the other, the last one outermost, without one that throws', async () => {
    const told: string[] = []
    const around = (name: string): Watcher => ({
      message: () => (handle) => {
        told.push(`${name} in`)
        const answer = handle()
        told.push(`${name} out`)
        return answer
      },
    })
    const bench = watchedBy([around('inner'), { message: mine }, { message: () => mine }, around('outer')])
    const { transport } = await bench.connect()
    transport.receive('hello')
    expect(told).toEqual(['outer in', 'inner in', 'inner out', 'outer out'])
    expect(transport.sent).toEqual(['hello'])
    expect(bench.errors).toEqual(['LINKSPAN_LISTENER', 'LINKSPAN_LISTENER'])
  })
})

describe('the ambient context of a connection', () => {
  it('is there for what goes around a message, and not yet where that is asked for', async () => {
    let inside = false
    const run: RunInContext = (callback, ...args) => {
      inside = true
      try {
        return callback(...args)
      } finally {
        inside = false
      }
    }
    const told: [string, boolean][] = []
    const watcher: Watcher = {
      message: (_, message) => {
        told.push(['asked', inside])
        if (message.text() === 'plain') return undefined
        return (handle) => {
          told.push(['around', inside])
          return handle()
        }
      },
      sent: () => told.push(['sent', inside]),
    }
    const bench = watchedBy([watcher], { context: { capture: () => run } })
    const { transport } = await bench.connect()
    transport.receive('plain')
    transport.receive('surrounded')
    expect(told).toEqual([
      ['asked', false],
      ['sent', true],
      ['asked', false],
      ['around', true],
      ['sent', true],
    ])
  })

  it('is captured also where a watcher throws instead', async () => {
    let captured = 0
    const run: RunInContext = (callback, ...args) => callback(...args)
    const capture = (): RunInContext => {
      captured += 1
      return run
    }
    const thrower: Watcher = {
      context: () => {
        throw new Error('mine')
      },
    }
    const bench = watchedBy([thrower], { context: { capture } })
    const { transport } = await bench.connect()
    transport.receive('hello')
    expect(transport.sent).toEqual(['hello'])
    expect(captured).toBe(1)
    expect(bench.errors).toEqual(['LINKSPAN_LISTENER'])
  })
})
