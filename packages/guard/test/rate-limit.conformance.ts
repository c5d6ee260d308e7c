import { strict as assert } from 'node:assert'
import type { Authenticated, Connection, Linkspan, Logger } from '@linkspan/core'
import { type RateLimitEvent, type RateLimitOptions, rateLimit } from '@linkspan/guard'
import type { Behaviour, Chapter, Peer, Served, Stage } from '@linkspan/testing'

const nothing = (): void => {}
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
const client = (conn: Connection<unknown>): string | undefined => conn.request.headers['x-client']
const from = (name: string) => ({ headers: { 'x-client': name } })

interface Scene {
  readonly app: Linkspan<unknown>
  readonly served: Served
  /** What the handler was given. */
  readonly handled: string[]
  readonly events: Pick<RateLimitEvent, 'limit' | 'action'>[]
  readonly limits: ReturnType<typeof rateLimit>
  /** How often what stands inside the limit was entered. */
  inside: number
}

/** An echo behind a rate limit. */
async function limited(stage: Stage, options: RateLimitOptions): Promise<Scene> {
  const events: Pick<RateLimitEvent, 'limit' | 'action'>[] = []
  const handled: string[] = []
  const limits = rateLimit({
    clock: stage.clock,
    logger: silent,
    onLimit: (_, { limit, action }) => events.push({ limit, action }),
    ...options,
  })
  const app = stage.app()
  const scene = { app: app as unknown as Linkspan<unknown>, handled, events, limits, inside: 0 }
  app
    .use((conn, next) => {
      const tenant = conn.request.headers['x-tenant']
      if (tenant === undefined) return next<Authenticated>()
      conn.authenticate({ subject: 'ada', tenant })
      return next<Authenticated>()
    })
    .use(limits)
    .use((_, next) => {
      scene.inside += 1
      return next()
    })
    .message(limits.messages)
    .message((conn, message) => {
      handled.push(message.text())
      conn.send(message)
    })
  return Object.assign(scene, { served: await stage.serve(scene.app) })
}

async function refused(served: Served, name = 'one') {
  const answer = await served.answer(from(name))
  assert.ok(!answer.upgraded, 'the client was let in')
  return answer
}

async function told(peer: Peer, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) assert.equal(await peer.next(), text)
}

const handshakes: readonly Behaviour[] = [
  {
    name: 'a handshake over the limit gets 429, when to come back, and the policy',
    async run(stage) {
      const scene = await limited(stage, { handshakes: { points: 2, per: 60_000 } })
      await scene.served.connect()
      await scene.served.connect()
      const { status, headers, body } = await refused(scene.served)
      assert.equal(status, 429)
      assert.equal(headers['retry-after'], '30')
      assert.equal(headers['ratelimit-policy'], '"default";q=2;w=60')
      assert.equal(headers['ratelimit'], '"default";r=0;t=30')
      assert.equal(JSON.parse(body).code, 4101)
      assert.deepEqual(scene.events, [{ limit: 'handshakes', action: 'refuse' }])
      assert.equal(scene.limits.stats().refused, 1)
    },
  },
  {
    name: 'who comes back when told to is let in',
    async run(stage) {
      const { served, limits } = await limited(stage, { handshakes: { points: 1, per: 10_000 } })
      await served.connect()
      const { headers } = await refused(served)
      await stage.clock.advance(Number(headers['retry-after']) * 1_000)
      await served.connect()
      await stage.clock.advance(10_000)
      assert.equal(limits.stats().keys, 0)
    },
  },
  {
    name: 'a flood of handshakes enters nothing inside the limit, and costs other clients nothing',
    async run(stage) {
      const scene = await limited(stage, { handshakes: { points: 3, per: 60_000, by: client } })
      const flood = Array.from({ length: 50 }, () => scene.served.answer(from('flood')))
      const answers = await Promise.all(flood)
      assert.equal(answers.filter(({ upgraded }) => upgraded).length, 3)
      assert.equal(scene.inside, 3)
      await scene.served.connect(from('neighbour'))
      assert.equal(scene.limits.stats().refused, 47)
    },
  },
  {
    name: 'a tenant that used its quota up is refused, and no other',
    async run(stage) {
      const { served } = await limited(stage, { handshakes: { points: 1, per: 60_000, by: 'tenant' } })
      await served.connect({ headers: { 'x-tenant': 'acme' } })
      assert.equal((await served.answer({ headers: { 'x-tenant': 'acme' } })).upgraded, false)
      await served.connect({ headers: { 'x-tenant': 'globex' } })
    },
  },
]

const store: readonly Behaviour[] = [
  {
    name: 'a store that fails refuses nobody and closes nothing: the node limits by itself',
    async run(stage) {
      const scene = await limited(stage, {
        handshakes: { points: 2, per: 60_000 },
        messages: { points: 2, per: 60_000, by: 'subject' },
        over: 'drop',
        store: () => ({ consume: () => Promise.reject(new Error('connection refused')) }),
      })
      const peer = await scene.served.connect()
      await scene.served.connect()
      assert.equal((await refused(scene.served)).status, 429)
      peer.sendBurst(['a', 'b', 'c'])
      await told(peer, 'a', 'b')
      await stage.until(() => scene.events.length === 2, 'the third message was dropped')
      assert.equal(scene.app.connections.size, 2)
      assert.ok(scene.limits.stats().storeFailures > 0)
    },
  },
  {
    name: 'a store that never answers holds a handshake for its deadline, and the next ones not at all',
    async run(stage) {
      const scene = await limited(stage, {
        handshakes: { points: 9, per: 60_000 },
        deadline: 150,
        store: () => ({ consume: () => new Promise(nothing) }),
      })
      const answer = scene.served.answer()
      await stage.until(() => stage.clock.pending > 1, 'the store was asked')
      await stage.clock.advance(149)
      assert.equal(scene.inside, 0)
      await stage.clock.advance(1)
      assert.ok((await answer).upgraded)
      await scene.served.connect()
      assert.equal(scene.limits.stats().storeFailures, 1)
    },
  },
  {
    name: 'a client that leaves while the store is asked leaves nothing behind',
    async run(stage) {
      let answer: () => void = nothing
      const asked = new Promise<void>((resolve) => {
        answer = resolve
      })
      let questions = 0
      const scene = await limited(stage, {
        handshakes: { points: 9, per: 60_000 },
        store: () => ({
          consume: () => {
            questions += 1
            return asked
          },
        }),
      })
      const attempt = scene.served.attempt()
      attempt.answer.catch(nothing)
      await stage.until(() => questions === 1, 'the store was asked')
      attempt.cut()
      await stage.record(scene.app).next('transition')
      answer()
      const { info } = await stage.record(scene.app).next('close')
      assert.equal(info.by, 'network')
      assert.equal(scene.inside, 0)
    },
  },
]

const messages: readonly Behaviour[] = [
  {
    name: 'a message flood closes its connection with 4101, and leaves the neighbour alone',
    async run(stage) {
      const { app, served, handled } = await limited(stage, { messages: { points: 3, per: 1_000 } })
      const [flood, neighbour] = [await served.connect(), await served.connect()]
      flood.sendBurst(Array.from({ length: 40 }, (_, i) => String(i)))
      assert.deepEqual(await flood.closed, { code: 4101, reason: 'too many messages' })
      assert.deepEqual(handled, ['0', '1', '2'])
      neighbour.send('still here')
      await told(neighbour, 'still here')
      const { info } = await stage.record(app).next('close')
      assert.equal(info.code, 4101)
      assert.equal(info.by, 'server')
    },
  },
  {
    name: 'a dropped message reaches no handler, is told of and counted; later ones are handled again',
    async run(stage) {
      const scene = await limited(stage, { messages: { points: 2, per: 1_000 }, over: 'drop' })
      const peer = await scene.served.connect()
      peer.sendBurst(['a', 'b', 'c', 'd'])
      await told(peer, 'a', 'b')
      await stage.until(() => scene.events.length === 2, 'two messages were dropped')
      assert.deepEqual(scene.events[0], { limit: 'messages', action: 'drop' })
      await stage.clock.advance(500)
      peer.send('e')
      await told(peer, 'e')
      assert.equal(scene.limits.stats().dropped, 2)
    },
  },
  {
    name: 'delayed messages wait for their turn, in order, and none is lost',
    async run(stage) {
      const scene = await limited(stage, { messages: { points: 2, per: 1_000 }, over: 'delay' })
      const peer = await scene.served.connect()
      const neighbour = await scene.served.connect()
      peer.sendBurst(['a', 'b', 'c', 'd', 'e'])
      await told(peer, 'a', 'b')
      for (const [index, text] of ['c', 'd', 'e'].entries()) {
        await stage.until(() => scene.events.length === index + 1, `${text} has to wait`)
        await stage.clock.advance(499)
        assert.equal(scene.handled.at(-1) === text, false)
        await stage.clock.advance(1)
        await told(peer, text)
      }
      neighbour.send('at once')
      await told(neighbour, 'at once')
      assert.equal(scene.limits.stats().delayed, 3)
    },
  },
  {
    name: 'a client that leaves takes its delayed messages with it, visibly, and its end waits for none',
    async run(stage) {
      const scene = await limited(stage, { messages: { points: 1, per: 60_000 }, over: 'delay' })
      const peer = await scene.served.connect()
      peer.sendBurst(['a', 'b'])
      await told(peer, 'a')
      await stage.until(() => scene.events.length === 1, 'b has to wait')
      peer.close(1000)
      await stage.record(scene.app).next('close')
      assert.deepEqual(scene.handled, ['a'])
      assert.deepEqual(scene.events[1], { limit: 'messages', action: 'drop' })
    },
  },
  {
    name: 'bytes are limited like messages, and one message may be as large as the quota',
    async run(stage) {
      const scene = await limited(stage, { bytes: { points: 10, per: 1_000 }, over: 'drop' })
      const peer = await scene.served.connect()
      peer.sendBurst(['0123456789', 'x'])
      await told(peer, '0123456789')
      await stage.until(() => scene.events.length === 1, 'x was dropped')
      assert.deepEqual(scene.events, [{ limit: 'bytes', action: 'drop' }])
      await stage.clock.advance(1_000)
      peer.send('larger than the quota')
      await told(peer, 'larger than the quota')
    },
  },
  {
    name: 'connections of one subject share a quota of messages, another tenant has its own',
    async run(stage) {
      const scene = await limited(stage, {
        messages: { points: 2, per: 1_000, by: 'subject' },
        over: 'drop',
      })
      const acme = { headers: { 'x-tenant': 'acme' } }
      const [one, two] = [await scene.served.connect(acme), await scene.served.connect(acme)]
      const other = await scene.served.connect({ headers: { 'x-tenant': 'globex' } })
      one.send('a')
      await told(one, 'a')
      two.send('b')
      await told(two, 'b')
      one.send('c')
      await stage.until(() => scene.events.length === 1, 'c was dropped')
      other.send('d')
      await told(other, 'd')
    },
  },
]

/** How a rate limit behaves, on whatever transport. */
export const chapters: readonly Chapter[] = [
  { title: 'handshakes', behaviours: handshakes },
  { title: 'store', behaviours: store },
  { title: 'messages', behaviours: messages },
]
