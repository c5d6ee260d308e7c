import { strict as assert } from 'node:assert'
import { type Connection, type Middleware, type Next, pipeline } from '@linkspan/core'
import type { Behaviour } from '../../behaviour.js'
import { assertAlive, echo, errorCodeOf, refusalOf } from '../support.js'

type Layers = readonly Middleware<{}, {}>[]

/** What does not compile, and is written in JavaScript all the same. */
const careless = (middleware: (conn: Connection<{}>, next: Next) => unknown): Middleware<{}, {}> =>
  middleware as Middleware<{}, {}>

const returns: Middleware<{}, {}> = (_conn, next) => next()
const awaits: Middleware<{}, {}> = async (_conn, next) => {
  const end = await next()
  return end
}
/** Takes its time on the way in. */
const looksUp: Middleware<{}, {}> = async (_conn, next) => {
  await new Promise((resolve) => setImmediate(resolve))
  return next()
}
const callsNot = careless(async () => {})
const callsNotAtAll = careless(() => undefined)
const returnsNot = careless(async (_conn, next) => {
  void next()
})
const returnsNotAtAll = careless((_conn, next) => {
  void next()
})
const returnsAnother = careless(async (_conn, next) => {
  void next()
  return { code: 1000 }
})

/** `next()` forgotten, or called twice. */
export const forgotten: readonly Behaviour[] = [
  missing('middleware that ends without next()', [callsNot]),
  missing('a plain function that ends without next()', [callsNotAtAll]),
  missing('middleware that ends without next(), inside others', [returns, awaits, callsNot]),
  missing('middleware that ends without next(), around others', [callsNot, returns]),
  missing('middleware that does not return what next() answers', [returnsNot]),
  missing('a plain function that does not return what next() answers', [returnsNotAtAll]),
  missing('middleware that returns something else than next() answers', [returnsAnother]),
  missing('middleware that does not return what next() answers, inside others', [
    returns,
    awaits,
    awaits,
    returnsNot,
  ]),
  missing('middleware that does not return what next() answers, around others', [
    returnsNot,
    awaits,
    returns,
  ]),
  missing('middleware that does not return what next() answers, around one that takes its time', [
    returnsNot,
    looksUp,
  ]),
  missing('middleware that does not return what next() answers, after others that took their time', [
    looksUp,
    awaits,
    looksUp,
    returnsNot,
  ]),
  missing('middleware of a bundle that ends without next()', [
    returns,
    pipeline<{}>().use(returns).use(callsNot),
  ]),
  missing('middleware of a bundle that does not return what next() answers', [
    awaits,
    pipeline<{}>().use(awaits).use(returnsNot),
    awaits,
  ]),
  {
    name: 'middleware that calls next() twice is refused with 500, and what is inside runs once',
    async run(stage) {
      const app = stage.app()
      let entered = 0
      app
        .use(async (_conn, next) => {
          const first = next()
          await next()
          return first
        })
        .use(async (_conn, next) => {
          entered += 1
          await new Promise((resolve) => setImmediate(resolve))
          return next()
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const { status, body } = refusalOf(await served.answer())
      assert.equal(status, 500)
      assert.equal(body, '{"type":"about:blank","title":"Internal Server Error","status":500,"code":1011}')
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_NEXT_TWICE')
      await record.next('close')
      assert.equal(entered, 1)
      assert.equal(record.of('error').length, 1)
    },
  },
  {
    name: 'a second next() rejects, and whoever catches that keeps the connection',
    async run(stage) {
      const app = stage.app()
      let entered = 0
      const codes: (string | undefined)[] = []
      app
        .use(async (_conn, next) => {
          const first = next()
          codes.push(await errorCodeOf(() => next()))
          const end = await first
          codes.push(await errorCodeOf(() => next()))
          return end
        })
        .use((_conn, next) => {
          entered += 1
          return next()
        })
        .message(echo)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const peer = await served.connect()
      await assertAlive(peer)
      peer.close(1000)
      await record.next('close')
      assert.deepEqual(codes, ['LINKSPAN_NEXT_TWICE', 'LINKSPAN_NEXT_TWICE'])
      assert.equal(entered, 1)
    },
  },
  {
    name: 'a second next() that nobody waits for enters nothing twice, and ends no process',
    async run(stage) {
      const app = stage.app()
      let entered = 0
      app
        .use((_conn, next) => {
          const first = next()
          void next()
          return first
        })
        .use((_conn, next) => {
          entered += 1
          return next()
        })
      stage.record(app).expectErrors('LINKSPAN_NEXT_TWICE')
      const served = await stage.serve(app)
      await served.answer()
      assert.equal(entered, 1)
    },
  },
]

function missing(what: string, layers: Layers): Behaviour {
  return {
    name: `${what} refuses with 500, and is an error`,
    async run(stage) {
      const app = stage.app()
      for (const layer of layers) app.use(layer)
      const record = stage.record(app)
      const served = await stage.serve(app)
      const { status, body } = refusalOf(await served.answer())
      assert.equal(status, 500)
      assert.equal(body, '{"type":"about:blank","title":"Internal Server Error","status":500,"code":1011}')
      assert.equal((await record.next('error')).error.code, 'LINKSPAN_NEXT_MISSING')
      const { info } = await record.next('close')
      assert.equal(info.code, 1011)
      assert.equal(info.by, 'server')
      assert.equal(record.of('open').length, 0)
      assert.equal(record.of('error').length, 1)
    },
  }
}
