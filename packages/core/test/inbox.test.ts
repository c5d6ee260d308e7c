import { createHook } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { isThenable } from '../src/inbox.js'
import type { MessageMiddleware } from '../src/middleware.js'
import { handled, slowHandler } from './connected.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'
import { lazy, thenable } from './thenable.js'

/** How many promises came into being meanwhile. */
function promisesMade(run: () => void): number {
  let made = 0
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') made += 1
    },
  })
  hook.enable()
  try {
    run()
  } finally {
    hook.disable()
  }
  return made
}

describe('a synchronous handler', () => {
  it('has handled a message when its arrival returns, without a promise', async () => {
    const { transport } = await handled((conn, message) => void conn.send(message))
    const made = promisesMade(() => {
      transport.receive('one')
      transport.receive('two')
    })
    expect(transport.sent).toEqual(['one', 'two'])
    expect(made).toBe(0)
  })

  it('costs no promise under synchronous middleware either', async () => {
    const bench = Bench.open()
    bench.app
      .message((_conn, _message, next) => next())
      .message((_conn, _message, next) => next())
      .message((conn, message) => void conn.send(message))
    const { transport } = await bench.connect()
    expect(promisesMade(() => transport.receive('one'))).toBe(0)
    expect(transport.sent).toEqual(['one'])
  })

  it('is not entered again by a message that arrives while it runs', async () => {
    const log: string[] = []
    const { transport } = await handled((_conn, message) => {
      const text = message.text()
      log.push(`${text} begins`)
      if (text === 'one') {
        transport.receive('two')
        transport.receive('three')
      }
      log.push(`${text} ends`)
    })
    transport.receive('one')
    expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends'])
  })

  it('that answers something that is no promise is done', async () => {
    const handler = (() => 'done') as unknown as MessageMiddleware<{}>
    const { bench, transport } = await handled(handler)
    transport.receive('one')
    transport.receive('two')
    expect(bench.app.stats().gauges.inbox.messages).toBe(0)
    transport.closed(1000)
    await turn()
    expect(bench.errors).toEqual([])
  })
})

describe('an asynchronous handler', () => {
  it('handles one message after the other, in order of arrival', async () => {
    const { handler, log, release } = slowHandler()
    const { bench, transport } = await handled(handler)
    for (const text of ['one', 'two', 'three']) transport.receive(text)
    await turn()
    expect(log).toEqual(['one begins'])
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 2, bytes: 8 })
    await release()
    expect(log).toEqual(['one begins', 'one ends', 'two begins'])
    await release()
    await release()
    expect(log.slice(3)).toEqual(['two ends', 'three begins', 'three ends'])
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 0, bytes: 0 })
  })

  it('may be any that can be awaited', async () => {
    const log: string[] = []
    let end = (): void => {}
    const { transport } = await handled((_conn, message) => {
      log.push(message.text())
      return lazy((resolve) => {
        end = resolve
      })
    })
    transport.receive('one')
    transport.receive('two')
    await turn()
    expect(log).toEqual(['one'])
    end()
    await turn()
    expect(log).toEqual(['one', 'two'])
  })

  it('that can be awaited and throws at that has failed, and nobody else', async () => {
    const { bench, transport } = await handled(() =>
      thenable(() => {
        throw new Error('no')
      }),
    )
    expect(() => transport.receive('one')).not.toThrow()
    await turn()
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_HANDLER', cause: new Error('no') }])
    expect(transport.calls).toEqual([{ call: 'close', code: 1011, reason: '' }])
  })

  it('that says twice that it is done is done once: the next one is not overtaken', async () => {
    const log: string[] = []
    const ends: (() => void)[] = []
    const { transport } = await handled((_conn, message) => {
      log.push(message.text())
      return lazy((resolve) => {
        ends.push(resolve)
      })
    })
    for (const text of ['one', 'two', 'three']) transport.receive(text)
    await turn()
    ends[0]?.()
    ends[0]?.()
    await turn()
    ends[0]?.()
    await turn()
    expect(log).toEqual(['one', 'two'])
  })

  it('keeps a message that the transport only lent, through its first await and in the queue', async () => {
    const log: string[] = []
    const { transport } = await handled(
      async (_conn, message) => {
        await turn()
        log.push(message.text())
      },
      {},
      { borrows: true },
    )
    const buffer = new Uint8Array(3)
    for (const text of ['one', 'two', 'six']) {
      buffer.set(new TextEncoder().encode(text))
      transport.sink.message(buffer, false)
    }
    buffer.fill(0)
    await turn()
    await turn()
    await turn()
    await turn()
    expect(log).toEqual(['one', 'two', 'six'])
  })

  it('takes a message that the transport only lent also where it keeps it without a word', async () => {
    const kept: { text(): string }[] = []
    const { transport } = await handled((_conn, message) => void kept.push(message), {}, { borrows: true })
    const buffer = new TextEncoder().encode('one')
    transport.sink.message(buffer, false)
    buffer.fill(0)
    expect(kept.map((message) => message.text())).toEqual(['one'])
  })

  it('does not hold up the other connections', async () => {
    const { handler, log, release } = slowHandler()
    const { bench, transport } = await handled(handler)
    const other = await bench.connect()
    transport.receive('one')
    other.transport.receive('other')
    expect(log).toEqual(['one begins', 'other begins'])
    await release()
  })
})

describe('what can be awaited', () => {
  it.each([
    [Promise.resolve(), true],
    [thenable(() => {}), true],
    [thenable(7 as never), false],
    [{}, false],
    [null, false],
    [undefined, false],
    ['then', false],
    [() => {}, false],
  ])('is told apart (%#)', (value, expected) => {
    expect(isThenable(value)).toBe(expected)
  })
})

describe('what was held for the handler', () => {
  it('is dropped where a listener of the opening closes', async () => {
    const handled: string[] = []
    let goOn = (): void => {}
    const bench = Bench.open().with((app) =>
      app
        .use(async (conn, next) => {
          await conn.accept()
          await new Promise<void>((resolve) => {
            goOn = resolve
          })
          return next()
        })
        .message((_conn, message) => void handled.push(message.text())),
    )
    bench.app.on('open', (conn) => void conn.close(4002))
    const handshake = bench.arrive()
    await turn()
    handshake.transport.receive('early')
    goOn()
    await turn()
    expect(handled).toEqual([])
    expect(bench.of('drop')).toMatchObject([{ direction: 'in', reason: 'closing' }])
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 0, bytes: 0 })
  })
})
