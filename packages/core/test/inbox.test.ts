import { createHook } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { isThenable } from '../src/inbox.js'
import { Rejection } from '../src/rejection.js'
import { Bench, type FakeTransport, type FakeTransportOptions } from './fake.js'
import { turn } from './fake-clock.js'
import type { LinkspanOptions } from '../src/options.js'
import type { MessageMiddleware } from '../src/middleware.js'

/** A connection whose messages go to one handler. */
async function open(
  handler: MessageMiddleware<{}>,
  options?: LinkspanOptions,
  transport?: FakeTransportOptions,
): Promise<{ bench: Bench; transport: FakeTransport; conn: Awaited<ReturnType<Bench['connect']>>['conn'] }> {
  const bench = Bench.open(options)
  bench.app.message(handler)
  const pair = await bench.connect({}, transport)
  return { bench, ...pair }
}

/** A handler that says when it begins and ends, and ends when told to. */
function slow(): { handler: MessageMiddleware<{}>; log: string[]; release(): Promise<void> } {
  const log: string[] = []
  let end = (): void => {}
  return {
    log,
    handler: async (_conn, message) => {
      log.push(`${message.text()} begins`)
      await new Promise<void>((resolve) => {
        end = resolve
      })
      log.push(`${message.text()} ends`)
    },
    release: () => {
      end()
      return turn()
    },
  }
}

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
    const { transport } = await open((conn, message) => void conn.send(message))
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
    const { transport } = await open((_conn, message) => {
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
    const { bench, transport } = await open(handler)
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
    const { handler, log, release } = slow()
    const { bench, transport } = await open(handler)
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
    const { transport } = await open((_conn, message) => {
      log.push(message.text())
      // biome-ignore lint/suspicious/noThenProperty: query builders answer such objects.
      return { then: (resolve: () => void) => setImmediate(resolve) } as unknown as Promise<void>
    })
    transport.receive('one')
    transport.receive('two')
    expect(log).toEqual(['one'])
    await turn()
    expect(log).toEqual(['one', 'two'])
  })

  it('keeps a message that the transport only lent, through its first await and in the queue', async () => {
    const log: string[] = []
    const { transport } = await open(
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
    const { transport } = await open((_conn, message) => void kept.push(message), {}, { borrows: true })
    const buffer = new TextEncoder().encode('one')
    transport.sink.message(buffer, false)
    buffer.fill(0)
    expect(kept.map((message) => message.text())).toEqual(['one'])
  })

  it('does not hold up the other connections', async () => {
    const { handler, log, release } = slow()
    const { bench, transport } = await open(handler)
    const other = await bench.connect()
    transport.receive('one')
    other.transport.receive('other')
    expect(log).toEqual(['one begins', 'other begins'])
    await release()
  })
})

describe('a handler that fails', () => {
  const fail = new Error('the details')

  it.each<[string, MessageMiddleware<{}>]>([
    [
      'at once',
      () => {
        throw fail
      },
    ],
    ['later', () => Promise.reject(fail)],
  ])('%s closes with 1011 and says nothing of it to the peer', async (_, handler) => {
    const { bench, transport } = await open(handler)
    transport.receive('one')
    await turn()
    expect(transport.calls).toEqual([{ call: 'close', code: 1011, reason: '' }])
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_HANDLER', cause: fail }])
    transport.closed(1011)
    await turn()
    expect(bench.end).toMatchObject({ code: 1011, by: 'server', clean: true })
  })

  it('is not called again: what waits is dropped and counted', async () => {
    const log: string[] = []
    const { bench, transport } = await open(async (_conn, message) => {
      log.push(message.text())
      await turn()
      throw fail
    })
    transport.receive('one')
    transport.receive('two')
    await turn()
    await turn()
    expect(log).toEqual(['one'])
    expect(bench.of('drop')).toEqual([{ direction: 'in', reason: 'closing', bytes: 3 }])
    expect(bench.app.stats().totals.dropped.in).toBe(1)
  })

  it('is not called again either where the peer had left meanwhile', async () => {
    const log: string[] = []
    const { bench, transport } = await open(async (_conn, message) => {
      log.push(message.text())
      await turn()
      throw fail
    })
    transport.receive('one')
    transport.receive('two')
    transport.closed(1001)
    await turn()
    await turn()
    expect(log).toEqual(['one'])
    expect(bench.errors).toEqual(['LINKSPAN_HANDLER'])
    expect(bench.end).toMatchObject({ code: 1001, by: 'peer' })
  })

  it('is not called again by what arrives while the rest is dropped', async () => {
    const log: string[] = []
    const { bench, transport } = await open(async (_conn, message) => {
      log.push(message.text())
      await turn()
      throw fail
    })
    bench.app.on('drop', (_conn, { bytes }) => {
      if (bytes === 3) transport.receive('meanwhile')
    })
    transport.receive('one')
    transport.receive('two')
    await turn()
    await turn()
    expect(log).toEqual(['one'])
    expect(bench.of('drop').map(({ bytes }) => bytes)).toEqual([3, 9])
  })

  it('after its signal was aborted, for a reason of its own, is reported', async () => {
    const { bench, transport } = await open(async (conn) => {
      const { signal } = conn
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve)
      })
      throw fail
    })
    transport.receive('one')
    transport.closed(1006)
    await turn()
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_HANDLER', cause: fail }])
    expect(bench.end.code).toBe(1006)
  })

  it('after the end, of a connection whose signal nobody asked for, is reported', async () => {
    const { bench, transport } = await open(async () => {
      await turn()
      throw fail
    })
    transport.receive('one')
    transport.closed(1006)
    await turn()
    await turn()
    expect(bench.errors).toEqual(['LINKSPAN_HANDLER'])
  })

  it('with a Rejection closes as that says, and is no error', async () => {
    const { bench, transport } = await open(() => {
      throw new Rejection({ status: 403, code: 4403, reason: 'not this' })
    })
    transport.receive('one')
    expect(transport.calls).toEqual([{ call: 'close', code: 4403, reason: 'not this' }])
    expect(bench.errors).toEqual([])
  })

  it('only because the connection had ended is no news', async () => {
    const { bench, transport } = await open(async (conn) => {
      const { signal } = conn
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    })
    transport.receive('one')
    transport.closed(1006)
    await turn()
    expect(bench.errors).toEqual([])
    expect(bench.end.code).toBe(1006)
  })

  it('may be saved by the middleware around it', async () => {
    const bench = Bench.open()
    bench.app
      .message(async (conn, _message, next) => {
        try {
          await next()
        } catch {
          conn.send('sorry')
        }
      })
      .message(() => Promise.reject(fail))
    const { conn, transport } = await bench.connect()
    transport.receive('one')
    await turn()
    expect(transport.sent).toEqual(['sorry'])
    expect(conn.state).toBe('active')
    expect(bench.errors).toEqual([])
  })
})

describe('past its bounds', () => {
  it('of messages the transport is paused, and goes on when half of the room is free', async () => {
    const { handler, release } = slow()
    const { transport } = await open(handler, { inbox: { messages: 4 } })
    for (const text of ['1', '2', '3', '4']) transport.receive(text)
    expect(transport.count('pause')).toBe(0)
    transport.receive('5')
    expect(transport.count('pause')).toBe(1)
    await release()
    expect(transport.count('resume')).toBe(0)
    await release()
    expect(transport.count('resume')).toBe(1)
    expect(transport.count('pause')).toBe(1)
  })

  it('of bytes the transport is paused, and goes on when half of the room is free', async () => {
    const { handler, release } = slow()
    const { transport } = await open(handler, { inbox: { bytes: 8 } })
    for (const text of ['1', 'aa', 'bb', 'cc']) transport.receive(text)
    expect(transport.count('pause')).toBe(0)
    transport.receive('dd')
    expect(transport.count('pause')).toBe(1)
    await release()
    expect(transport.count('resume')).toBe(0)
    await release()
    expect(transport.count('resume')).toBe(1)
  })

  it('what was under way already is still taken, without asking to pause again', async () => {
    const { handler, log, release } = slow()
    const { transport } = await open(handler, { inbox: { messages: 1 } })
    for (const text of ['1', '2', '3', '4']) transport.receive(text)
    expect(transport.count('pause')).toBe(1)
    for (let i = 0; i < 4; i += 1) await release()
    expect(log.filter((line) => line.endsWith('ends'))).toEqual(['1 ends', '2 ends', '3 ends', '4 ends'])
    expect(transport.count('resume')).toBe(1)
  })

  it('it pauses again as often as it has to', async () => {
    const { handler, release } = slow()
    const { transport } = await open(handler, { inbox: { messages: 1 } })
    transport.receive('1')
    for (let round = 1; round <= 3; round += 1) {
      transport.receive('2')
      expect(transport.count('pause')).toBe(round)
      await release()
      expect(transport.count('resume')).toBe(round)
    }
  })

  it('a transport that cannot be paused is closed with 4101, and what waits is dropped', async () => {
    const { handler } = slow()
    const { bench, transport } = await open(handler, { inbox: { messages: 2 } }, { pausable: false })
    for (const text of ['1', '2', '3', '4']) transport.receive(text)
    expect(transport.calls).toEqual([{ call: 'close', code: 4101, reason: 'too many messages' }])
    expect(bench.of('drop')).toHaveLength(3)
    expect(bench.app.stats().gauges.inbox).toEqual({ messages: 0, bytes: 0 })
  })

  it('messages without a byte are counted too', async () => {
    const { handler } = slow()
    const { transport } = await open(handler, { inbox: { messages: 2 } })
    for (let i = 0; i < 3; i += 1) transport.receive('')
    expect(transport.count('pause')).toBe(1)
  })

  it('it is not paused for good: closing reads on, for the answer to our close frame', async () => {
    const { handler } = slow()
    const { conn, transport } = await open(handler, { inbox: { messages: 1 } })
    transport.receive('1')
    transport.receive('2')
    conn.close()
    expect(transport.calls).toEqual([
      { call: 'pause' },
      { call: 'resume' },
      { call: 'close', code: 1000, reason: '' },
    ])
  })
})

describe('when the connection ends', () => {
  it('because we close it, what waits is dropped and counted, and the handler that runs is awaited', async () => {
    const { handler, log, release } = slow()
    const { bench, conn, transport } = await open(handler)
    for (const text of ['one', 'two', 'three']) transport.receive(text)
    conn.close()
    transport.receive('four')
    transport.closed(1000)
    await turn()
    expect(bench.of('drop')).toEqual([
      { direction: 'in', reason: 'closing', bytes: 3 },
      { direction: 'in', reason: 'closing', bytes: 5 },
      { direction: 'in', reason: 'closing', bytes: 4 },
    ])
    expect(bench.app.stats().totals).toMatchObject({ received: 4, dropped: { in: 3 } })
    expect(conn.state).toBe('closing')
    await release()
    expect(conn.state).toBe('closed')
    expect(log).toEqual(['one begins', 'one ends'])
  })

  it.each([
    ['the peer leaves', 1001],
    ['the network loses it', 1006],
  ])('because %s, what had arrived is still handled, in order', async (_, code) => {
    const { handler, log, release } = slow()
    const { bench, conn, transport } = await open(handler)
    for (const text of ['one', 'two']) transport.receive(text)
    transport.closed(code)
    await turn()
    expect(conn.state).toBe('closing')
    await release()
    await release()
    expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
    expect(bench.end.code).toBe(code)
    expect(bench.of('drop')).toEqual([])
  })

  it('what had arrived is handled within closeTimeout, and the rest dropped', async () => {
    const { handler, log, release } = slow()
    const { bench, transport } = await open(handler, { closeTimeout: 100 })
    for (const text of ['one', 'two', 'three']) transport.receive(text)
    transport.closed(1001)
    await bench.clock.advance(99)
    expect(bench.of('drop')).toEqual([])
    await bench.clock.advance(1)
    expect(bench.of('drop')).toHaveLength(2)
    await release()
    expect(log).toEqual(['one begins', 'one ends'])
    expect(bench.end).toMatchObject({ code: 1001, by: 'peer', clean: true })
  })

  it('a handler that never ends is abandoned at releaseTimeout, with an error', async () => {
    const { handler } = slow()
    const { bench, conn, transport } = await open(handler, { closeTimeout: 100, releaseTimeout: 200 })
    transport.receive('one')
    conn.close()
    transport.closed(1000)
    await bench.clock.advance(199)
    expect(bench.of('close')).toEqual([])
    await bench.clock.advance(1)
    expect(bench.of('error')).toMatchObject([
      {
        code: 'LINKSPAN_RELEASE_TIMEOUT',
        message: 'a message handler did not end within releaseTimeout, and was abandoned.',
      },
    ])
    expect(bench.end.code).toBe(1000)
  })

  it.each([
    ['terminates', 'terminate'],
    ['closes', 'close'],
  ] as const)('because its handler %s it, and the socket goes at once, nothing is waited for', async (_, call) => {
    const { bench, transport } = await open((conn) => conn[call](), {}, { abrupt: true })
    transport.receive('one')
    await turn()
    expect(bench.of('close')).toHaveLength(1)
    expect(bench.errors).toEqual([])
    expect(bench.clock.pending).toBe(0)
  })

  it('because its handler throws, and the socket goes at once, nothing is waited for', async () => {
    const { bench, transport } = await open(
      () => {
        throw new Error('no')
      },
      {},
      { abrupt: true },
    )
    transport.receive('one')
    await turn()
    expect(bench.end.code).toBe(1011)
    expect(bench.clock.pending).toBe(0)
  })

  it('while its handler runs and more had come, the rest is handled and then it is over', async () => {
    const log: string[] = []
    const { bench, transport } = await open((_conn, message) => {
      log.push(message.text())
      if (log.length > 1) return
      transport.receive('two')
      transport.closed(1001)
    })
    transport.receive('one')
    await turn()
    expect(log).toEqual(['one', 'two'])
    expect(bench.end.code).toBe(1001)
  })

  it('because the peer broke the protocol, what stood before that is not handled', async () => {
    const { handler, log, release } = slow()
    const { bench, transport } = await open(handler)
    const { ProtocolViolation } = await import('../src/ports/transport.js')
    for (const text of ['one', 'two']) transport.receive(text)
    transport.closed(1006, '', new ProtocolViolation(1007, true))
    await release()
    expect(log).toEqual(['one begins', 'one ends'])
    expect(bench.of('drop')).toHaveLength(1)
    expect(bench.end).toMatchObject({ code: 1007, by: 'server', wireCode: 1007 })
  })
})

describe('what can be awaited', () => {
  it.each([
    [Promise.resolve(), true],
    // biome-ignore lint/suspicious/noThenProperty: that is what is asked.
    [{ then: () => {} }, true],
    // biome-ignore lint/suspicious/noThenProperty: that is what is asked.
    [{ then: 7 }, false],
    [{}, false],
    [null, false],
    [undefined, false],
    ['then', false],
    [() => {}, false],
  ])('is told apart (%#)', (value, expected) => {
    expect(isThenable(value)).toBe(expected)
  })
})
