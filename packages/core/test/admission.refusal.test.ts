import { describe, expect, it } from 'vitest'
import { Bench } from './fake.js'
import { turn } from './fake-clock.js'

describe('the scope', () => {
  it('is asked once, when the identity is settled and the data gathered', async () => {
    const asked: unknown[] = []
    const bench = Bench.open({
      scope: (conn) => {
        asked.push([conn.state, conn.identity?.tenant, conn.data])
        return conn.identity?.tenant
      },
    }).with((app) =>
      app.use((conn, next) => {
        conn.authenticate({ subject: 'ada', tenant: 'acme' })
        return next({ a: 1 })
      }),
    )
    const { conn } = await bench.connect()
    conn.join('room')
    conn.close()
    expect(asked).toEqual([['authenticated', 'acme', { a: 1 }]])
  })

  it('that throws refuses the handshake with 500, and the middlewares unwind before anything is released', async () => {
    const order: string[] = []
    const bench = Bench.open({
      scope: () => {
        throw new Error('no tenant')
      },
    }).with((app) =>
      app.use(async (conn, next) => {
        conn.defer(() => void order.push('released'))
        const end = await next()
        order.push(`unwound ${end.code}`)
        return end
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(500)
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_MIDDLEWARE', cause: new Error('no tenant') }])
    expect(order).toEqual(['unwound 1011', 'released'])
    expect(bench.end).toMatchObject({ code: 1011, by: 'server' })
  })

  it('may refuse in its own words', async () => {
    const bench = Bench.open({ scope: (conn) => conn.reject({ status: 403, reason: 'no tenant' }) })
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(403)
    expect(bench.errors).toEqual([])
  })

  it.each([
    ['a promise', () => Promise.resolve('acme')],
    ['a number', () => 42],
    ['null', () => null],
  ])('that answers %s separates nobody, and lets nobody in', async (_, scope) => {
    const bench = Bench.open({ scope: scope as unknown as () => string })
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(500)
    expect(bench.of('error')).toMatchObject([{ code: 'LINKSPAN_SCOPE' }])
  })

  it('is not asked for what has ended meanwhile', async () => {
    let asked = false
    const bench = Bench.open({
      scope: () => {
        asked = true
        return 'acme'
      },
    }).with((app) =>
      app.use((conn, next) => {
        const end = next()
        conn.close()
        return end
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected?.status).toBe(403)
    expect(asked).toBe(false)
  })
})

describe('a visible refusal', () => {
  it('is a 101 and an immediate close, which a browser can read', async () => {
    const bench = Bench.open({ refuse: 'visibly' }).with((app) =>
      app.use((conn) => conn.reject({ status: 402, code: 4402, reason: 'the trial has ended' })),
    )
    const heard: string[] = []
    bench.app.message((_conn, message) => void heard.push(message.text()))
    const handshake = bench.arrive()
    await turn()
    expect(handshake.rejected).toBeUndefined()
    expect(handshake.transport.calls).toEqual([{ call: 'close', code: 4402, reason: 'the trial has ended' }])
    handshake.transport.receive('let me in')
    handshake.transport.closed(4402)
    await turn()
    expect(heard).toEqual([])
    expect(bench.of('open')).toEqual([])
    expect(bench.end).toMatchObject({ code: 4402, clean: true, wireCode: 4402 })
  })

  it('is given also where nothing of the pipeline ran', async () => {
    const bench = Bench.open({ refuse: 'visibly', origin: ['https://app.example'] })
    const handshake = bench.arrive({ headers: { host: 'chat.example', origin: 'https://evil.example' } })
    expect(handshake.transport.calls).toEqual([
      { call: 'close', code: 4003, reason: 'this origin may not connect' },
    ])
  })

  it('is not given by terminate: the socket goes, with an HTTP status', async () => {
    const bench = Bench.open({ refuse: 'visibly' }).with((app) =>
      app.use((conn, next) => {
        conn.terminate()
        return next()
      }),
    )
    const handshake = bench.arrive()
    await turn()
    expect(handshake.accepted).toBe(false)
    expect(handshake.rejected?.status).toBe(503)
    expect(bench.end).toMatchObject({ code: 1006, by: 'server', clean: false, wireCode: undefined })
  })
})
