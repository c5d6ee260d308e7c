import { type ConnectionLimiter, type ConnectionLimitOptions, limitConnections } from '@linkspan/guard'
import { describe, expect, it } from 'vitest'
import { leave, type Stage, stage } from './from-address.js'

const A = '192.0.2.1'
const B = '192.0.2.2'
const C = '192.0.2.3'

interface Limited extends Stage {
  readonly limiter: ConnectionLimiter
}

async function limited(options: ConnectionLimitOptions): Promise<Limited> {
  const staged = await stage()
  const limiter = limitConnections({ clock: staged.clock, ...options })
  staged.app.use(limiter).message((conn, message) => void conn.send(message))
  return { ...staged, limiter }
}

/** Everything that is counted of those who are there. */
function gauges(limiter: ConnectionLimiter) {
  const { totals, ...gauges } = limiter.stats()
  return gauges
}

const NOTHING = { connections: 0, addresses: 0, subjects: 0, tenants: 0, waiting: 0, leaving: 0 }

describe('limitConnections', () => {
  it('takes 100 of one address by default', async () => {
    const { connect, refusal, limiter } = await limited({})
    for (let i = 0; i < 100; i += 1) await connect(A)
    expect((await refusal(A)).status).toBe(429)
    await connect(B)
    expect([limiter.count({ address: A }), limiter.count({ address: B })]).toEqual([100, 1])
  })

  it('counts an IPv4 address once, also when it is written as IPv6', async () => {
    const { connect, refusal, limiter } = await limited({ perAddress: 1 })
    await connect('192.0.2.7')
    expect((await refusal('::ffff:192.0.2.7')).status).toBe(429)
    expect((await refusal('::ffff:c000:207')).status).toBe(429)
    expect(limiter.count({ address: '::ffff:192.0.2.7' })).toBe(1)
  })

  it('counts an IPv6 network as one client, of /64 or as it is told', async () => {
    const wide = await limited({ perAddress: 1 })
    await wide.connect('2001:db8:0:1::1')
    expect((await wide.refusal('2001:db8:0:1:ffff::2')).status).toBe(429)
    await wide.connect('2001:db8:0:2::1')
    const narrow = await limited({ perAddress: 1, ipv6Prefix: 128 })
    await narrow.connect('2001:db8:0:1::1')
    await narrow.connect('2001:db8:0:1::2')
  })

  it('takes the limit of an address away', async () => {
    const { connect, limiter } = await limited({ perAddress: Infinity, total: 200 })
    for (let i = 0; i < 150; i += 1) await connect(A)
    expect(gauges(limiter)).toEqual({ ...NOTHING, connections: 150 })
    expect(limiter.count({ address: A })).toBe(0)
  })

  it('blames the address before the total', async () => {
    const { connect, refusal } = await limited({ perAddress: 1, total: 1 })
    await connect(A)
    const [own, others] = [await refusal(A), await refusal(B)]
    expect([own.status, others.status]).toEqual([429, 503])
    expect([own.headers['retry-after'], others.headers['retry-after']]).toEqual(['5', '5'])
    expect(own.body).toContain('"too many connections from this address"')
    expect(others.body).toContain('"too many connections"')
  })

  it('tells the time to wait that it is told', async () => {
    const { refusal, connect } = await limited({ perAddress: 1, retryAfter: 42 })
    await connect(A)
    expect((await refusal(A)).headers['retry-after']).toBe('42')
  })

  it('forgets who has left, and counts what it did', async () => {
    const { app, connect, refusal, limiter } = await limited({ perAddress: 1, total: 5 })
    const [one, other] = [await connect(A), await connect(B)]
    await refusal(A)
    expect(gauges(limiter)).toEqual({ ...NOTHING, connections: 2, addresses: 2 })
    await leave(app, one)
    await leave(app, other)
    expect(gauges(limiter)).toEqual(NOTHING)
    expect(limiter.stats().totals).toEqual({ admitted: 2, refused: 1, evicted: 0 })
  })

  it('takes no slot for a connection that ended before it was asked', async () => {
    const { app, clock, attempt } = await stage()
    const limiter = limitConnections({ clock })
    let go = (): void => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    let entered = false
    app.use(async (conn, next) => {
      await gate
      entered = true
      return limiter(conn, next)
    })
    const closed = new Promise((resolve) => app.on('close', resolve))
    app.on('error', () => {})
    const arrival = attempt(A)
    await settled()
    arrival.cut()
    await settled()
    // Past releaseTimeout the connection is closed, whatever its middleware does.
    await clock.advance(10_000)
    await closed
    go()
    await settled()
    expect(entered).toBe(true)
    expect(limiter.stats()).toEqual({ ...NOTHING, totals: { admitted: 0, refused: 0, evicted: 0 } })
  })

  it.each([
    ['perAddress', 0],
    ['perSubject', 1.5],
    ['perTenant', -1],
    ['total', Number.NaN],
    ['waitFor', 0],
    ['waiting', -1],
    ['idleFor', 0],
    ['ipv6Prefix', 129],
    ['retryAfter', 0.5],
    ['whenFull', 'panic' as 'wait'],
  ])('refuses the option %s: %s', (name, value) => {
    expect(() => limitConnections({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION', message: expect.stringContaining(name) }),
    )
  })
})

describe('limitConnections by identity', () => {
  async function identified(options: ConnectionLimitOptions): Promise<Limited> {
    const staged = await stage()
    const limiter = limitConnections({ clock: staged.clock, perAddress: Infinity, ...options })
    staged.app
      .use((conn, next) => {
        const { query } = conn.request
        const [subject, tenant] = [query.get('subject'), query.get('tenant')]
        if (subject !== null) conn.authenticate({ subject, ...(tenant !== null && { tenant }) })
        return next()
      })
      .use(limiter)
    return { ...staged, limiter }
  }

  it('takes the same name in two tenants for two', async () => {
    const { connect, refusal, limiter } = await identified({ perSubject: 1 })
    await connect(A, '/?subject=ada&tenant=acme')
    await connect(A, '/?subject=ada&tenant=beta')
    await connect(A, '/?subject=ada')
    expect((await refusal(A, '/?subject=ada&tenant=acme')).body).toContain(
      '"too many connections of this user"',
    )
    expect(gauges(limiter)).toEqual({ ...NOTHING, connections: 3, subjects: 3 })
    expect(limiter.count({ subject: 'ada', tenant: 'acme' })).toBe(1)
    expect(limiter.count({ subject: 'ada' })).toBe(1)
    expect(limiter.count({ subject: 'eve' })).toBe(0)
  })

  it('refuses only the tenant that has used up its slots', async () => {
    const { connect, refusal, limiter } = await identified({ perTenant: 2 })
    await connect(A, '/?subject=ada&tenant=acme')
    await connect(B, '/?subject=eve&tenant=acme')
    expect((await refusal(C, '/?subject=bob&tenant=acme')).body).toContain(
      '"too many connections of this tenant"',
    )
    await connect(C, '/?subject=bob&tenant=beta')
    await connect(C, '/?subject=bob')
    expect(limiter.count({ tenant: 'acme' })).toBe(2)
    expect(gauges(limiter)).toEqual({ ...NOTHING, connections: 4, tenants: 2 })
  })

  it('gives names no way to be mistaken for others', async () => {
    const { connect, limiter } = await identified({ perSubject: 1 })
    await connect(A, `/?subject=${encodeURIComponent('b","c')}&tenant=a`)
    await connect(A, `/?subject=c&tenant=${encodeURIComponent('a","b')}`)
    expect(gauges(limiter).subjects).toBe(2)
  })
})

describe("limitConnections({ whenFull: 'wait' })", () => {
  /** Closes whoever is in, one after another, until `count` others have come in; answers their addresses. */
  async function turns({ app }: Limited, count: number): Promise<readonly string[]> {
    const order: string[] = []
    for (let turn = 0; turn < count; turn += 1) {
      const opened = new Promise<string>((resolve) => app.on('open', (conn) => resolve(conn.request.address)))
      for (const conn of app.connections) if (conn.state === 'active') conn.close(1000)
      order.push(await opened)
    }
    return order
  }

  it('is fair between addresses: one that floods costs another no more than a turn', async () => {
    const it = await limited({ total: 1, whenFull: 'wait' })
    await it.connect(A)
    for (let i = 0; i < 50; i += 1) it.attempt(A)
    for (const address of [B, C]) it.attempt(address)
    await settled()
    expect(it.limiter.stats().waiting).toBe(52)
    expect(await turns(it, 5)).toEqual([A, B, C, A, A])
  })

  it('lets one address fill the queue, and no other out of it', async () => {
    const it = await limited({ total: 1, whenFull: 'wait', waiting: 4 })
    await it.connect(A)
    const flood = Array.from({ length: 4 }, () => it.attempt(A).answer)
    await settled()
    expect((await it.refusal(A)).status).toBe(503)
    it.attempt(B)
    const displaced = (await flood[3]) ?? { upgraded: true }
    if (displaced.upgraded) throw new Error('the newest of the longest lane was let in')
    expect([displaced.status, displaced.headers['retry-after']]).toEqual([503, '5'])
    expect(it.limiter.stats().waiting).toBe(4)
    expect(await turns(it, 2)).toEqual([A, B])
  })

  it('lets whoever has room go past those who wait for something else', async () => {
    const it = await limited({ perAddress: 1, total: 2, whenFull: 'wait' })
    await it.connect(A)
    it.attempt(A)
    await settled()
    await it.connect(B)
    it.attempt(C)
    await settled()
    expect(it.limiter.stats()).toMatchObject({ connections: 2, waiting: 2, addresses: 3 })
    const opened = new Promise<string>((resolve) =>
      it.app.on('open', (conn) => resolve(conn.request.address)),
    )
    for (const conn of it.app.connections) if (conn.request.address === B) conn.close(1000)
    expect(await opened).toBe(C)
    expect(it.limiter.stats()).toMatchObject({ connections: 2, waiting: 1 })
  })

  it('says what was full when the time is over: 429 for the address, 503 for the total', async () => {
    const it = await limited({ perAddress: 1, total: 2, whenFull: 'wait', waitFor: 500 })
    await it.connect(A)
    await it.connect(B)
    const [own, others] = [it.refusal(A), it.refusal(C)]
    await settled()
    await it.clock.advance(499)
    expect(it.limiter.stats().waiting).toBe(2)
    await it.clock.advance(1)
    expect([(await own).status, (await others).status]).toEqual([429, 503])
    expect(gauges(it.limiter)).toEqual({ ...NOTHING, connections: 2, addresses: 2 })
  })

  it('says what is full by then, where that has changed', async () => {
    const it = await limited({ perAddress: 1, total: 2, whenFull: 'wait', waitFor: 500 })
    const first = await it.connect(A)
    await it.connect(B)
    it.attempt(C)
    const waiting = it.refusal(A)
    await settled()
    await leave(it.app, first)
    expect(it.limiter.stats()).toMatchObject({ connections: 2, waiting: 1 })
    await it.clock.advance(500)
    expect((await waiting).status).toBe(503)
  })

  it('holds nobody where nobody may wait', async () => {
    const it = await limited({ perAddress: 1, whenFull: 'wait', waiting: 0 })
    await it.connect(A)
    expect((await it.refusal(A)).status).toBe(429)
    expect(it.clock.pending).toBe(1) // the heartbeat's
  })

  it('leaves nothing behind of a client that goes while it waits', async () => {
    const it = await limited({ perAddress: 1, whenFull: 'wait' })
    const peer = await it.connect(A)
    const attempt = it.attempt(A)
    await settled()
    attempt.cut()
    await settled()
    expect(gauges(it.limiter)).toEqual({ ...NOTHING, connections: 1, addresses: 1 })
    await leave(it.app, peer)
    expect(gauges(it.limiter)).toEqual(NOTHING)
    expect(it.clock.pending).toBe(0)
    expect(it.limiter.stats().totals).toEqual({ admitted: 1, refused: 0, evicted: 0 })
  })
})

describe("limitConnections({ whenFull: 'evict-idle' })", () => {
  it('takes the slot of the one that was silent for longest', async () => {
    const { app, clock, connect, limiter } = await limited({ perAddress: 3, whenFull: 'evict-idle' })
    const peers = [await connect(A), await connect(A), await connect(A)] as const
    for (const peer of peers) {
      await clock.advance(1_000)
      peer.send('here')
      await peer.next()
    }
    await clock.advance(15_000)
    peers[0].send('here')
    await peers[0].next()
    await connect(A)
    expect(await peers[1].closed).toEqual({ code: 4101, reason: 'idle, and its place was needed' })
    expect(limiter.stats()).toMatchObject({ connections: 3, leaving: 0, totals: { admitted: 4, evicted: 1 } })
    expect(app.connections.size).toBe(3)
  })

  it('evicts nobody of another address for the limit of one', async () => {
    const { clock, connect, refusal } = await limited({
      perAddress: 1,
      whenFull: 'evict-idle',
      idleFor: 5_000,
    })
    const other = await connect(B)
    await clock.advance(10_000)
    await connect(A)
    await clock.advance(4_000)
    expect((await refusal(A)).status).toBe(429)
    other.send('here')
    expect(await other.next()).toBe('here')
  })

  it('evicts one where that makes room in two groups, and two where it takes two', async () => {
    const one = await limited({ perAddress: 1, total: 2, whenFull: 'evict-idle' })
    await one.connect(A)
    await one.connect(B)
    await one.clock.advance(15_000)
    await one.connect(A)
    expect(one.limiter.stats()).toMatchObject({ connections: 2, totals: { evicted: 1 } })
    const shared = await limited({ perAddress: 2, total: 2, whenFull: 'evict-idle' })
    await shared.connect(A)
    await shared.connect(B)
    await shared.clock.advance(15_000)
    await shared.connect(C)
    expect(shared.limiter.stats()).toMatchObject({ connections: 2, addresses: 2, totals: { evicted: 1 } })
  })

  it('evicts nobody where that would not make room everywhere', async () => {
    const staged = await stage()
    const limiter = limitConnections({
      clock: staged.clock,
      perTenant: 1,
      perAddress: 1,
      whenFull: 'evict-idle',
    })
    staged.app
      .use((conn, next) => {
        conn.authenticate({ subject: 'ada', tenant: conn.request.query.get('tenant') ?? '' })
        return next()
      })
      .use(limiter)
      .message((conn, message) => void conn.send(message))
    await staged.connect(A, '/?tenant=acme')
    await staged.clock.advance(15_000)
    const busy = await staged.connect(B, '/?tenant=beta')
    expect((await staged.refusal(A, '/?tenant=beta')).status).toBe(429)
    expect(limiter.stats()).toMatchObject({ connections: 2, leaving: 0, totals: { evicted: 0, refused: 1 } })
    busy.send('here')
    expect(await busy.next()).toBe('here')
  })

  it('lets no client pile up sockets that do not answer their close', async () => {
    const { app, clock, connect, refusal, limiter } = await limited({
      perAddress: 2,
      whenFull: 'evict-idle',
      idleFor: 1_000,
    })
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 2; i += 1) (await connect(A)).answersClose = false
      await clock.advance(2_000)
    }
    expect(limiter.stats()).toMatchObject({ connections: 2, leaving: 2, totals: { evicted: 2 } })
    expect((await refusal(A)).status).toBe(429)
    expect(app.connections.size).toBe(4)
    // At closeTimeout they are cut.
    await clock.advance(3_000)
    expect(limiter.stats()).toMatchObject({ connections: 2, leaving: 0 })
    await connect(A)
    expect(limiter.stats()).toMatchObject({ connections: 2, leaving: 1, totals: { evicted: 3 } })
  })

  it('evicts no handshake, however long it takes', async () => {
    const { app, clock, attempt, refusal, limiter } = await limited({
      perAddress: 1,
      whenFull: 'evict-idle',
      idleFor: 1_000,
    })
    app.use(async (conn, next) => {
      await new Promise((resolve) => conn.signal.addEventListener('abort', resolve))
      return next()
    })
    attempt(A)
    await settled()
    await clock.advance(2_500)
    expect((await refusal(A)).status).toBe(429)
    expect(limiter.stats().totals.evicted).toBe(0)
  })
})

/** Lets everything in memory happen that can. */
async function settled(): Promise<void> {
  await new Promise(setImmediate)
}
