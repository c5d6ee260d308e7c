import { strict as assert } from 'node:assert'
import { limitConnections } from '@linkspan/guard'
import type { Behaviour, Chapter } from '@linkspan/testing'
import { assertAlive, assertRefusedForNow, byQuery, echo, held } from './support.js'

const counting: readonly Behaviour[] = [
  {
    name: 'past the limit of an address: 429 with Retry-After, before anything further in runs',
    async run(stage) {
      let entered = 0
      const app = stage
        .app()
        .use(limitConnections({ perAddress: 2, clock: stage.clock }))
        .use((_conn, next) => {
          entered += 1
          return next()
        })
        .message(echo)
      const served = await stage.serve(app)
      const peers = [await served.connect(), await served.connect()]
      assertRefusedForNow(await served.answer(), 429, 4101)
      assertRefusedForNow(await served.answer(), 429, 4101)
      assert.equal(entered, 2)
      for (const peer of peers) await assertAlive(peer)
    },
  },
  {
    name: 'past the limit of everybody: 503 with Retry-After',
    async run(stage) {
      const app = stage
        .app()
        .use(limitConnections({ total: 1, clock: stage.clock }))
        .message(echo)
      const served = await stage.serve(app)
      const peer = await served.connect()
      assertRefusedForNow(await served.answer(), 503, 1013)
      await assertAlive(peer)
    },
  },
  {
    name: 'a header that claims another address is no way past the limit',
    async run(stage) {
      const limiter = limitConnections({ perAddress: 1, clock: stage.clock })
      const served = await stage.serve(stage.app().use(limiter))
      await served.connect()
      for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'x-client-ip']) {
        const claim = name === 'forwarded' ? 'for=203.0.113.7' : '203.0.113.7'
        assertRefusedForNow(await served.answer({ headers: { [name]: claim } }), 429, 4101)
      }
      assert.equal(limiter.stats().addresses, 1)
    },
  },
  {
    name: 'the limit of a subject is about that subject, and nobody who is anonymous',
    async run(stage) {
      const limiter = limitConnections({ perSubject: 1, clock: stage.clock })
      const app = stage
        .app()
        .use((conn, next) => {
          byQuery(conn)
          return next()
        })
        .use(limiter)
      const served = await stage.serve(app)
      await served.connect({ path: '/?subject=ada&tenant=acme' })
      assertRefusedForNow(await served.answer({ path: '/?subject=ada&tenant=acme' }), 429, 4101)
      await served.connect({ path: '/?subject=eve&tenant=acme' })
      await served.connect({ path: '/?subject=ada&tenant=beta' })
      for (let i = 0; i < 3; i += 1) await served.connect()
      assert.deepEqual(held(limiter), { connections: 6, addresses: 1, subjects: 3 })
    },
  },
  {
    name: 'a tenant that has used up its slots is refused, and no other',
    async run(stage) {
      const limiter = limitConnections({ perTenant: 2, clock: stage.clock })
      const app = stage
        .app()
        .use((conn, next) => {
          byQuery(conn)
          return next()
        })
        .use(limiter)
      const served = await stage.serve(app)
      await served.connect({ path: '/?subject=ada&tenant=acme' })
      await served.connect({ path: '/?subject=eve&tenant=acme' })
      assertRefusedForNow(await served.answer({ path: '/?subject=bob&tenant=acme' }), 429, 4101)
      await served.connect({ path: '/?subject=bob&tenant=beta' })
      assert.equal(limiter.count({ tenant: 'acme' }), 2)
    },
  },
  {
    name: 'a limit by identity that stands before the one who authenticates fails loudly, and counts nobody in silence',
    async run(stage) {
      const app = stage
        .app()
        .use(limitConnections({ perSubject: 1, clock: stage.clock }))
        .use((conn, next) => {
          byQuery(conn)
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      await assertAlive(await served.connect())
      const peer = await served.connect({ path: '/?subject=ada' })
      assert.equal((await peer.closed).code, 1011)
      const { error } = await record.next('error')
      assert.equal(error.code, 'LINKSPAN_OPTION')
      assert.match(error.message, /before the middleware that authenticates/)
    },
  },
  {
    name: 'applications that share a limiter share its slots',
    async run(stage) {
      const limiter = limitConnections({ total: 2, clock: stage.clock })
      const [one, other] = [stage.app().use(limiter), stage.app().use(limiter)]
      const [first, second] = [await stage.serve(one), await stage.serve(other)]
      await first.connect()
      const peer = await second.connect()
      assertRefusedForNow(await first.answer(), 503, 1013)
      assertRefusedForNow(await second.answer(), 503, 1013)
      const record = stage.record(other)
      peer.close(1000)
      await stage.until(() => record.of('close').length === 2, 'both are closed')
      await first.connect()
      assert.equal(limiter.count({ address: '127.0.0.1' }), 2)
    },
  },
]

export const connectionLimit: Chapter = { title: 'limitConnections', behaviours: counting }
