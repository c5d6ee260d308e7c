import { strict as assert } from 'node:assert'
import { type Connection, type Linkspan, type LinkspanOptions, Rejection } from '@linkspan/core'
import { type CircuitBreaker, type CircuitBreakerOptions, circuitBreaker } from '@linkspan/guard'
import type { Behaviour, Chapter, Served, Stage } from '@linkspan/testing'

interface Scene {
  readonly app: Linkspan<unknown>
  readonly served: Served
  readonly breaker: CircuitBreaker
  /** What stands inside the breaker; a test replaces it. */
  backend: (conn: Connection<unknown>) => unknown
  /** How often that was asked. */
  asked: number
}

const fine = (): void => {}
const broken = (): never => {
  throw new Error('connection refused')
}
const never = (): Promise<never> => new Promise(() => {})

/** An echo whose handshakes need a backend, behind a breaker that opens at two failures of two. */
async function guarded(
  stage: Stage,
  options: CircuitBreakerOptions = {},
  appOptions: LinkspanOptions = {},
): Promise<Scene> {
  const breaker = circuitBreaker({ clock: stage.clock, minimum: 2, ...options })
  const app = stage.app(appOptions)
  const scene: Omit<Scene, 'served'> = {
    app: app as unknown as Linkspan<unknown>,
    breaker,
    backend: fine,
    asked: 0,
  }
  app
    .use(breaker)
    .use(async (conn, next) => {
      scene.asked += 1
      await scene.backend(conn)
      return next()
    })
    .message((conn, message) => {
      conn.send(message)
    })
  return Object.assign(scene, { served: await stage.serve(scene.app) })
}

async function refusal(served: Served) {
  const answer = await served.answer()
  assert.ok(!answer.upgraded, 'the client was let in')
  return answer
}

/** Lets the backend fail until the breaker opens. */
async function open(stage: Stage, scene: Scene): Promise<void> {
  stage.record(scene.app).expectErrors('LINKSPAN_MIDDLEWARE')
  scene.backend = broken
  assert.equal((await refusal(scene.served)).status, 500)
  assert.equal((await refusal(scene.served)).status, 500)
  await stage.until(() => scene.breaker.state === 'open', 'the breaker is open')
}

const opening: readonly Behaviour[] = [
  {
    name: 'an open breaker answers 503 and when to come back, and nothing inside it is touched',
    async run(stage) {
      const scene = await guarded(stage, { cooldown: 5_000 })
      await open(stage, scene)
      await stage.clock.advance(1_500)
      const { status, headers, body } = await refusal(scene.served)
      assert.equal(status, 503)
      assert.equal(headers['retry-after'], '4')
      assert.equal(JSON.parse(body).code, 1013)
      assert.equal(scene.asked, 2)
      assert.equal(scene.breaker.stats().totals.refused, 1)
    },
  },
  {
    name: 'connections that are active do not notice that it opens',
    async run(stage) {
      const scene = await guarded(stage, { minimum: 3 })
      const peer = await scene.served.connect()
      await open(stage, scene)
      peer.send('still here')
      assert.equal(await peer.next(), 'still here')
      assert.equal(scene.app.connections.size, 1)
    },
  },
  {
    name: 'a middleware inside that refuses with 503 has failed, one that refuses with 401 has not',
    async run(stage) {
      const scene = await guarded(stage)
      const refuseWith = (status: number) => () => {
        throw new Rejection({ status })
      }
      scene.backend = refuseWith(401)
      for (let i = 0; i < 5; i += 1) assert.equal((await refusal(scene.served)).status, 401)
      await stage.until(() => scene.breaker.stats().totals.neutral === 5, 'five say nothing')
      assert.equal(scene.breaker.state, 'closed')
      scene.backend = refuseWith(503)
      await refusal(scene.served)
      await refusal(scene.served)
      await stage.until(() => scene.breaker.state === 'open', 'the breaker is open')
      assert.equal(scene.asked, 7)
    },
  },
  {
    name: 'clients that leave during the handshake open nothing',
    async run(stage) {
      const scene = await guarded(stage)
      stage.record(scene.app).expectErrors('LINKSPAN_MIDDLEWARE')
      scene.backend = ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))))
      for (let i = 1; i <= 4; i += 1) {
        const attempt = scene.served.attempt()
        attempt.answer.catch(fine)
        await stage.until(() => scene.asked === i, 'the backend is asked')
        attempt.cut()
        await stage.until(() => scene.breaker.stats().totals.neutral === i, 'it says nothing')
      }
      assert.equal(scene.breaker.state, 'closed')
    },
  },
  {
    name: 'a handshake that outlasts the timeout gets 503, and has failed',
    async run(stage) {
      const scene = await guarded(stage, { timeout: 1_000 })
      stage.record(scene.app).expectErrors('LINKSPAN_RELEASE_TIMEOUT')
      scene.backend = never
      const answers = [refusal(scene.served), refusal(scene.served)]
      await stage.until(() => scene.asked === 2, 'the backend is asked twice')
      await stage.clock.advance(1_000)
      for (const { status } of await Promise.all(answers)) assert.equal(status, 503)
      await stage.until(() => scene.breaker.state === 'open', 'the breaker is open')
      assert.equal(scene.breaker.stats().totals.failed, 2)
    },
  },
  {
    name: "the application's handshake timeout is a failure too",
    async run(stage) {
      const scene = await guarded(stage, { timeout: 60_000 }, { handshakeTimeout: 1_000 })
      scene.backend = ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      const answers = [refusal(scene.served), refusal(scene.served)]
      await stage.until(() => scene.asked === 2, 'the backend is asked twice')
      await stage.clock.advance(1_000)
      for (const { status } of await Promise.all(answers)) assert.equal(status, 503)
      await stage.until(() => scene.breaker.state === 'open', 'the breaker is open')
    },
  },
  {
    name: 'a drain is no failure of what stands inside',
    async run(stage) {
      const scene = await guarded(stage)
      scene.backend = ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      const answers = [scene.served.answer(), scene.served.answer()]
      await stage.until(() => scene.asked === 2, 'the backend is asked twice')
      const drained = scene.app.drain({ grace: 1_000 })
      await stage.clock.advance(500)
      await Promise.all([...answers, drained])
      await stage.until(() => scene.breaker.stats().totals.neutral === 2, 'both say nothing')
      assert.equal(scene.breaker.state, 'closed')
    },
  },
]

const recovering: readonly Behaviour[] = [
  {
    name: 'after the cooldown one handshake tries it, others are refused meanwhile, and its success closes it',
    async run(stage) {
      const scene = await guarded(stage, { cooldown: 5_000 })
      await open(stage, scene)
      let answer: () => void = fine
      scene.backend = () =>
        new Promise<void>((resolve) => {
          answer = resolve
        })
      await stage.clock.advance(5_000)
      const trial = scene.served.connect()
      await stage.until(() => scene.asked === 3, 'one tries it')
      assert.equal(scene.breaker.state, 'half-open')
      const { status, headers } = await refusal(scene.served)
      assert.equal(status, 503)
      assert.equal(headers['retry-after'], '1')
      answer()
      await trial
      await stage.until(() => scene.breaker.state === 'closed', 'the breaker is closed')
      scene.backend = fine
      await scene.served.connect()
      await stage.until(() => scene.breaker.stats().window.succeeded === 1, 'it counts again')
      assert.equal(scene.breaker.stats().window.failed, 0)
    },
  },
  {
    name: 'a trial that fails opens it again, for another cooldown',
    async run(stage) {
      const scene = await guarded(stage, { cooldown: 5_000 })
      await open(stage, scene)
      await stage.clock.advance(5_000)
      assert.equal((await refusal(scene.served)).status, 500)
      await stage.until(() => scene.breaker.stats().totals.opened === 2, 'it opened again')
      await stage.clock.advance(4_999)
      assert.equal((await refusal(scene.served)).status, 503)
      scene.backend = fine
      await stage.clock.advance(1)
      await scene.served.connect()
      await stage.until(() => scene.breaker.state === 'closed', 'the breaker is closed')
    },
  },
  {
    name: 'a trial whose client leaves, or is refused, decides nothing: the next one tries it',
    async run(stage) {
      const scene = await guarded(stage, { cooldown: 5_000 })
      await open(stage, scene)
      await stage.clock.advance(5_000)
      scene.backend = ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gone'))))
      const attempt = scene.served.attempt()
      attempt.answer.catch(fine)
      await stage.until(() => scene.breaker.stats().trying === 1, 'one tries it')
      attempt.cut()
      await stage.until(() => scene.breaker.stats().trying === 0, 'it has left')
      assert.equal(scene.breaker.state, 'half-open')
      scene.backend = () => {
        throw new Rejection({ status: 401 })
      }
      assert.equal((await refusal(scene.served)).status, 401)
      await stage.until(() => scene.breaker.stats().trying === 0, 'it was refused')
      assert.equal(scene.breaker.state, 'half-open')
      scene.backend = fine
      await scene.served.connect()
      await stage.until(() => scene.breaker.state === 'closed', 'the breaker is closed')
    },
  },
  {
    name: 'with halfOpen 2, two handshakes have to succeed',
    async run(stage) {
      const scene = await guarded(stage, { cooldown: 5_000, halfOpen: 2 })
      await open(stage, scene)
      await stage.clock.advance(5_000)
      scene.backend = fine
      await scene.served.connect()
      assert.equal(scene.breaker.state, 'half-open')
      await scene.served.connect()
      await stage.until(() => scene.breaker.state === 'closed', 'the breaker is closed')
    },
  },
]

/** How a circuit breaker behaves, on whatever transport. */
export const chapters: readonly Chapter[] = [
  { title: 'opening', behaviours: opening },
  { title: 'recovering', behaviours: recovering },
]
