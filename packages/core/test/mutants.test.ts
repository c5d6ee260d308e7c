// What changes of the source that no other test noticed would have broken: see `pnpm mutate`.

import { describe, expect, it } from 'vitest'
import { adaptive } from '../src/adaptive.js'
import { cutReason } from '../src/close.js'
import { compose } from '../src/compose.js'
import type { Connection } from '../src/connection.js'
import { Message } from '../src/message.js'
import { badOption } from '../src/option-checks.js'
import { originCheck } from '../src/origin.js'
import { sizeOf } from '../src/outbox.js'
import { type HeartbeatPolicy, MeasuredLine, paces } from '../src/pace.js'
import { ProtocolViolation } from '../src/ports/transport.js'
import { HandshakeRequest } from '../src/request.js'
import { arriving } from './arriving.js'
import { connected, handled, slowHandler, slowPeer } from './connected.js'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

const request = (url: string, headers: Record<string, string> = {}): HandshakeRequest =>
  new HandshakeRequest({ url, headers, address: '192.0.2.7' })

describe('a close reason', () => {
  it.each([
    ['U+0080', '\u0080', 61],
    ['U+0800', '\u0800', 41],
    ['U+10000', '\u{10000}', 30],
  ])('is measured as UTF-8 from %s on', (_, character, most) => {
    expect(cutReason(character.repeat(most + 1))).toBe(character.repeat(most))
  })
})

describe('the size of a text', () => {
  it('counts what follows the last character of two bytes', () => {
    expect(sizeOf('\uffff\u00e9')).toBe(5)
  })
})

describe('an asynchronous message middleware that calls nothing', () => {
  const conn = {} as Connection<never>
  const message = new Message(new Uint8Array(), true)

  it('ends as it ends', async () => {
    await expect(compose([async () => {}, () => {}])(conn, message)).resolves.toBeUndefined()
    const why = new Error('no')
    await expect(compose([() => Promise.reject(why), () => {}])(conn, message)).rejects.toBe(why)
  })
})

describe("the origin 'same'", () => {
  const check = originCheck('same')

  it.each([
    ['a scheme that ends like one of ours', { origin: 'evilhttps://chat.example', host: 'chat.example' }],
    ['a request without a host', { origin: 'http://undefined' }],
    ['a file', { origin: 'file://', host: 'localhost:8080' }],
  ])('keeps out %s', (_, headers) => {
    expect(check(request('/', headers as Record<string, string>))).toBe(false)
  })
})

describe('a request whose url begins with its query', () => {
  it('has no path, and the query', () => {
    expect(request('?a=1').path).toBe('')
    expect(request('?a=1').query.get('a')).toBe('1')
  })
})

describe('an option error without a cause', () => {
  it('has none', () => {
    expect(Object.hasOwn(badOption('no.'), 'cause')).toBe(false)
  })
})

describe('a large message that was lent', () => {
  it.each([4_096, 8_192, 32_768, 65_536])('keeps its %d bytes', (size) => {
    const lent = new Uint8Array(size).fill(1)
    const message = new Message(lent, true, true)
    message.keep()
    lent.fill(2)
    expect(message.bytes().every((byte) => byte === 1)).toBe(true)
  })
})

describe('a pace', () => {
  it('does not move to a slow one under what is slow', () => {
    const { adjust } = adaptive()
    expect(adjust?.({ pace: paces.lan, rtt: 450, jitter: 0, loss: 0 })).toBe(paces.lan)
  })

  it('comes from no query parameter unless one is named', () => {
    expect(adaptive().begin(request('/?undefined=mobile'))).toBe(paces.lan)
  })

  it('knows of lost pings as a moving average', () => {
    const line = new MeasuredLine(paces.lan)
    line.missed()
    line.missed()
    expect(line.loss).toBe(15 / 64)
  })

  it('stays the first one of a policy that throws', async () => {
    const first = { interval: 1_000, misses: 1 }
    const begin = (): never => {
      throw new Error('no')
    }
    const heartbeat: HeartbeatPolicy = { paces: [first], begin }
    const { conn } = await connected({ heartbeat })
    expect(conn.heartbeat).toMatchObject(first)
  })

  it('is the one that the policy begins with', async () => {
    const bench = Bench.open({ heartbeat: adaptive({ hint: 'network' }) })
    const { conn } = await bench.connect({ url: '/?network=mobile' })
    expect(conn.heartbeat?.name).toBe('mobile')
    expect(bench.errors).toEqual([])
  })

  it('that never changes is no error, before and after a pong', async () => {
    const { bench, transport } = await connected({ heartbeat: { interval: 1_000, misses: 2 } })
    await bench.clock.advance(1_000)
    transport.sink.pong()
    expect(transport.count('ping')).toBe(1)
    expect(bench.errors).toEqual([])
  })

  it('is kept for others when somebody is refused, at any time', async () => {
    const bench = Bench.open({ heartbeat: { interval: 10, misses: 5 } })
    bench.app.use((conn, next) => (conn.request.url === '/no' ? conn.reject({ status: 403 }) : next()))
    const { transport } = await bench.connect()
    for (let i = 0; i < 50; i += 1) {
      bench.arrive({ url: '/no' })
      await bench.clock.advance(1)
    }
    expect(transport.count('ping')).toBe(5)
  })

  it('that is short keeps its time beside a long one', async () => {
    const [short, long] = [
      { interval: 1_000, misses: 2 },
      { interval: 60_000, misses: 2 },
    ]
    const { bench, transport } = await connected({ heartbeat: { paces: [long, short], begin: () => short } })
    await bench.clock.advance(1_000)
    expect(transport.count('ping')).toBe(1)
  })

  it('is kept where every timer comes late', async () => {
    const { bench, transport } = await connected({ heartbeat: { interval: 1_000, misses: 2 } })
    for (let i = 0; i < 110; i += 1) {
      bench.clock.stall(10)
      await bench.clock.advance(0)
    }
    expect(transport.count('ping')).toBe(1)
  })

  it('is kept for more connections than one slice has', async () => {
    const bench = Bench.open({ heartbeat: { interval: 10, misses: 5 } })
    const handshakes = Array.from({ length: 600 }, () => bench.arrive())
    await bench.clock.advance(10)
    expect(handshakes.filter(({ transport }) => transport.count('ping') === 1)).toHaveLength(600)
  })
})

describe('a drain', () => {
  it('leaves no timer behind', async () => {
    const bench = Bench.open()
    await bench.app.drain()
    expect(bench.clock.pending).toBe(0)
  })

  it('tells how long it took, and not when it was', async () => {
    const bench = Bench.open()
    await bench.clock.advance(5_000)
    expect((await bench.app.drain()).duration).toBe(0)
  })
})

describe('an inbox', () => {
  it('holds less before the connection is active than afterwards', async () => {
    const { handler } = slowHandler()
    const { transport } = await handled(handler)
    transport.receive('first')
    transport.receive(new Uint8Array(100_000))
    expect(transport.count('pause')).toBe(0)
  })
})

describe('an end', () => {
  it.each([false, true])(
    'with a broken protocol is not clean, whatever frame came (ours out before: %s)',
    async (ours) => {
      const { bench, conn, transport } = await connected()
      if (ours) conn.close(1000)
      transport.closed(1000, '', new ProtocolViolation(1002, true))
      await turn()
      expect(bench.end.clean).toBe(false)
    },
  )

  it('lets the transport read on once', async () => {
    const { handler, release } = slowHandler()
    const { conn, transport } = await handled(handler, { inbox: { messages: 1 } })
    transport.receive('1')
    transport.receive('2')
    expect(transport.count('pause')).toBe(1)
    conn.close(1000)
    await release()
    expect(transport.count('resume')).toBe(1)
  })

  it('makes a join do nothing, and ask nobody', async () => {
    const bench = Bench.open()
    bench.app.topics('*', { join: () => false })
    const { conn } = await bench.connect()
    conn.close(1000)
    expect(() => conn.join('lobby')).not.toThrow()
    expect(bench.of('access')).toEqual([])
  })

  it('runs what it abandons in the context of the connection', async () => {
    let inside = false
    const bench = Bench.open({
      context: {
        capture:
          () =>
          (call, ...args) => {
            inside = true
            try {
              return call(...args)
            } finally {
              inside = false
            }
          },
      },
    })
    const { conn, transport } = await bench.connect()
    const seen: boolean[] = []
    conn.defer(() => void seen.push(inside))
    conn.defer(() => new Promise<void>(() => {}))
    transport.closed(1000)
    await bench.clock.advance(10_001)
    expect(seen).toEqual([true])
  })
})

describe('a transport that takes more', () => {
  it('may say so to a connection that has sent nothing', async () => {
    const { transport } = await connected()
    expect(() => transport.sink.drain()).not.toThrow()
  })
})

describe('reading', () => {
  it('takes a message that came later from the handler', async () => {
    const heard: string[] = []
    const made = await arriving({}, { handler: (_conn, message) => void heard.push(message.text()) })
    await made.conn.accept()
    const reading = made.conn.read()
    made.handshake.transport.receive('hello')
    expect((await reading).text()).toBe('hello')
    await made.go()
    expect(heard).toEqual([])
  })

  it('that its own end has broken off is no error', async () => {
    const bench = Bench.open()
    bench.app.use(async (conn, next) => {
      await conn.accept()
      await conn.read()
      return next()
    })
    const handshake = bench.arrive()
    await turn()
    handshake.transport.closed(1000)
    await turn()
    expect(bench.errors).toEqual([])
    expect(bench.of('close')).toHaveLength(1)
  })
})

describe('sending a message on', () => {
  const payload = (): Uint8Array => new TextEncoder().encode('hello')

  it('waits behind what waits', async () => {
    const { transport } = await handled((conn, message) => void conn.send(message), {}, { borrows: true })
    transport.answer = 'dropped'
    transport.receive('one')
    transport.answer = 'sent'
    transport.receive('two')
    expect(transport.sent).toEqual([])
    transport.sink.drain()
    expect(transport.sent).toEqual(['one', 'two'])
  })

  it('leaves nothing waiting where it was sent', async () => {
    const { bench, conn, transport } = await handled(
      (to, message) => void to.send(message),
      {},
      { borrows: true },
    )
    transport.receive('one')
    expect(conn.send('two')).toBe('sent')
    expect(bench.of('backpressure')).toEqual([])
  })

  it('copies what another transport has lent, for one that does not give it back', async () => {
    const bench = Bench.open()
    let to: Connection<{}> | undefined
    bench.app.message((_conn, message) => void to?.send(message))
    const lender = await bench.connect({}, { borrows: true })
    const keeper = await bench.connect()
    to = keeper.conn
    const lent = payload()
    lender.transport.sink.message(lent, false)
    lent.fill(0x78)
    expect(keeper.transport.sent).toEqual(['hello'])
  })

  it('waits until the connection is active, and comes too late afterwards', async () => {
    const { conn, handshake, go } = await arriving({}, { transport: { borrows: true } })
    await conn.accept()
    const message = new Message(payload(), false)
    expect(conn.send(message)).toBe('queued')
    await go()
    expect(handshake.transport.sent).toEqual(['hello'])
    handshake.transport.closed(1000)
    await turn()
    expect(conn.send(message)).toBe('closed')
  })

  it('to many keeps it binary', async () => {
    const bench = Bench.open()
    const { conn, transport } = await bench.connect()
    conn.join('lobby')
    bench.app.to('lobby').send(new Message(payload(), true))
    expect(transport.calls).toMatchObject([{ call: 'send', binary: true }])
  })
})

describe('an outbox that drops the oldest', () => {
  it('makes room for a message as large as the bound', async () => {
    const { conn, transport } = await slowPeer({ bytes: 4, overflow: 'drop-oldest' })
    transport.bufferedAmount = 0
    expect(conn.send('aa')).toBe('queued')
    expect(conn.send('bbbb')).toBe('queued')
    transport.answer = 'sent'
    transport.sink.drain()
    expect(transport.sent).toEqual(['0', 'bbbb'])
  })
})

describe('what a connection promises of its end', () => {
  it('is kept only when everything is released', async () => {
    const { conn, transport } = await connected()
    let closed = false
    let release = (): void => {}
    conn.defer(() => {
      void conn.closed.then(() => {
        closed = true
      })
      return new Promise<void>((resolve) => {
        release = resolve
      })
    })
    transport.closed(1000)
    await turn()
    expect(closed).toBe(false)
    release()
    await turn()
    expect(closed).toBe(true)
  })
})

describe('an error that nothing has caused', () => {
  it('has no cause', async () => {
    const bench = Bench.open()
    bench.app.use((() => Promise.resolve()) as never)
    bench.arrive()
    await turn()
    expect(bench.errors).toEqual(['LINKSPAN_NEXT_MISSING'])
    expect(bench.of('error')[0]?.cause).toBeUndefined()
  })
})

describe('a renewal', () => {
  it('before anybody has authenticated is a mistake', async () => {
    const { conn } = await arriving()
    expect(() => conn.renew({ subject: 'ada' })).toThrow(/authenticate\(\) comes first/)
  })

  it('asks no policy of a topic where none was joined', async () => {
    const bench = Bench.open()
    bench.app.topics('*', { join: () => true })
    bench.app.use((conn, next) => {
      conn.authenticate({ subject: 'ada' })
      return next()
    })
    const { conn } = await bench.connect()
    conn.renew({ subject: 'ada' })
    expect(bench.of('access')).toEqual([])
  })
})
