import { strict as assert } from 'node:assert'
import type { Authenticated, Connection } from '@linkspan/core'
import type { Attempt, Behaviour, Chapter, Peer, Stage } from '@linkspan/testing'
import { type Claim, type MemoryBus, memoryBus, type SingleOptions, single } from '../../src/index.js'
import { askedWho, refusalOf, whoAmI } from './support.js'
import { asking, enter, tokensOf } from './tokens.js'

const CONFLICT =
  '{"type":"about:blank","title":"Conflict","status":409,"detail":"already connected","code":4002}'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

interface Waiting {
  readonly attempt: Attempt
  /** Lets it in, or refuses it with a status. */
  go(status?: number): void
}

/** An application behind `jwt` and `single`. A handshake at a path of its own waits behind them, until it is let go. */
async function node(stage: Stage, options: SingleOptions<Authenticated> = {}) {
  const one = single({ clock: stage.clock, logger: SILENT, ...options })
  const gates = new Map<string, (status: number | undefined) => void>()
  const app = stage
    .app({ heartbeat: false })
    .use(tokensOf(stage))
    .use(one)
    .use(async (conn, next) => {
      const { path } = conn.request
      if (path === '/') return next()
      const status = await new Promise<number | undefined>((resolve) => gates.set(path, resolve))
      return status === undefined ? next() : conn.reject({ status })
    })
  const served = await stage.serve(whoAmI(app))
  /** Begins a handshake that waits, and resolves when it does. */
  const begin = async (path: string): Promise<Waiting> => {
    const attempt = served.attempt({ ...(await asking()), path })
    await stage.until(() => gates.has(path), `${path} is under way`)
    return { attempt, go: (status) => gates.get(path)?.(status) }
  }
  return { app, one, served, begin, record: stage.record(app) }
}

/** Two nodes on one bus. */
async function nodes(stage: Stage, options: SingleOptions<Authenticated> = {}) {
  const bus = memoryBus<Claim>()
  const links: readonly [MemoryBus<Claim>, MemoryBus<Claim>] = [bus, bus.link()]
  const [one, other] = links
  return {
    here: await node(stage, { ...options, bus: one }),
    there: await node(stage, { ...options, bus: other }),
    links,
  }
}

const replacing: readonly Behaviour[] = [
  {
    name: 'a second connection of a subject replaces the first one, with 4002; another tenant is somebody else',
    async run(stage) {
      const { served, one, record } = await node(stage)
      const first = await enter(served)
      const namesake = await enter(served, { tenant: 'acme' })
      const second = await enter(served)
      assert.deepEqual(await first.closed, { code: 4002, reason: 'replaced' })
      assert.equal((await record.next('close')).info.code, 4002)
      await askedWho(second)
      await askedWho(namesake)
      assert.equal(one.held(), 2)
    },
  },
  {
    name: 'a handshake that is under way, or fails, replaces nobody',
    async run(stage) {
      const { served, begin, record } = await node(stage)
      const first = await enter(served)
      const refused = await begin('/refused')
      await askedWho(first)
      refused.go(402)
      assert.equal(refusalOf(await refused.attempt.answer).status, 402)
      await record.next('close')
      await askedWho(first)
      const left = await begin('/left')
      left.attempt.cut()
      const ending = () => record.of('transition').filter(({ to }) => to === 'closing').length === 2
      await stage.until(ending, 'the one that left is noticed')
      left.go()
      await record.next('close')
      await askedWho(first)
    },
  },
  {
    name: 'of two handshakes at once, the one that becomes active last stays, whichever came first',
    async run(stage) {
      for (const [earlier, later] of [
        ['/a', '/b'],
        ['/d', '/c'],
      ] as const) {
        const { begin, record } = await node(stage)
        const waiting = new Map<string, Waiting>()
        for (const path of [earlier, later].sort()) waiting.set(path, await begin(path))
        const letIn = async (path: string): Promise<Peer> => {
          waiting.get(path)?.go()
          const answer = await waiting.get(path)?.attempt.answer
          assert.ok(answer?.upgraded)
          await record.next('open')
          return answer.peer
        }
        const loser = await letIn(earlier)
        const winner = await letIn(later)
        assert.equal((await loser.closed).code, 4002)
        await askedWho(winner)
      }
    },
  },
  {
    name: 'a key of its own, and none: as many connections as it likes',
    async run(stage) {
      const by = ({ request }: Connection<Authenticated>): string | undefined =>
        request.query.get('device') ?? undefined
      const { served, one } = await node(stage, { by })
      const asked = await asking()
      const on = (device: string): Promise<Peer> => served.connect({ ...asked, path: `/?device=${device}` })
      const free = [await enter(served), await enter(served)]
      const phone = await on('phone')
      const desk = await on('desk')
      const again = await on('phone')
      assert.equal((await phone.closed).code, 4002)
      for (const peer of [...free, desk, again]) await askedWho(peer)
      assert.equal(one.held(), 2)
    },
  },
]

const rejecting: readonly Behaviour[] = [
  {
    name: "with 'reject', a second connection is refused with 409 and 4002, and may come when the first has left",
    async run(stage) {
      const { served, record, one } = await node(stage, { onConflict: 'reject' })
      const first = await enter(served)
      const refusal = refusalOf(await served.answer(await asking()))
      assert.equal(refusal.status, 409)
      assert.equal(refusal.body, CONFLICT)
      assert.equal((await record.next('close')).info.code, 4002)
      await askedWho(first)
      first.close(1000)
      await record.next('close')
      assert.equal(one.held(), 0)
      await askedWho(await enter(served))
    },
  },
  {
    name: "with 'reject', of two handshakes at once the first one stays; where it fails, its place is free",
    async run(stage) {
      const { served, begin, record } = await node(stage, { onConflict: 'reject' })
      const first = await begin('/first')
      assert.equal(refusalOf(await served.answer(await asking())).body, CONFLICT)
      await record.next('close')
      first.go(402)
      assert.equal(refusalOf(await first.attempt.answer).status, 402)
      await record.next('close')
      await askedWho(await enter(served))
    },
  },
  {
    name: "with 'reject', one that is closing holds nothing any more",
    async run(stage) {
      const { served, app, record } = await node(stage, { onConflict: 'reject' })
      const first = await enter(served)
      await record.next('open')
      first.answersClose = false
      for (const conn of app.connections) {
        conn.close(1000)
        conn.defer(() => stage.until(() => record.of('open').length === 2, 'the second one is in'))
      }
      await askedWho(await enter(served))
    },
  },
  {
    name: "with 'reject', after 101 in the handshake the second one is closed with 4002",
    async run(stage) {
      const app = stage.app({ refuse: 'visibly' })
      app.use(tokensOf(stage)).use(single({ onConflict: 'reject' }))
      const record = stage.record(app)
      const served = await stage.serve(app)
      await enter(served)
      await record.next('open')
      const second = await enter(served)
      assert.deepEqual(await second.closed, { code: 4002, reason: 'already connected' })
      await record.next('close')
    },
  },
]

const several: readonly Behaviour[] = [
  {
    name: 'on a bus, a connection on one node replaces the one on another, with 4002',
    async run(stage) {
      const { here, there } = await nodes(stage)
      const first = await enter(here.served)
      const second = await enter(there.served)
      assert.deepEqual(await first.closed, { code: 4002, reason: 'replaced' })
      await here.record.next('close')
      const third = await enter(here.served)
      assert.equal((await second.closed).code, 4002)
      await there.record.next('close')
      await askedWho(third)
      assert.deepEqual([here.one.held(), there.one.held()], [1, 0])
    },
  },
  {
    name: "on a bus, with 'reject', the one that was first stays, and the newcomer on another node is closed with 4002",
    async run(stage) {
      const { here, there } = await nodes(stage, { onConflict: 'reject' })
      const first = await enter(here.served)
      await here.record.next('open')
      const second = await enter(there.served)
      assert.deepEqual(await second.closed, { code: 4002, reason: 'already connected' })
      await there.record.next('close')
      await askedWho(first)
    },
  },
  {
    name: 'a node that was cut off makes its claims again: of two connections one is left, the later one',
    async run(stage) {
      const { here, there, links } = await nodes(stage)
      links[1].cut()
      const first = await enter(here.served)
      await here.record.next('open')
      await stage.clock.advance(1)
      const second = await enter(there.served)
      await askedWho(second)
      await askedWho(first)
      links[1].mend()
      assert.equal((await first.closed).code, 4002)
      await here.record.next('close')
      await askedWho(second)
    },
  },
  {
    name: 'a node that was cut off makes known again what all had heard before, and hears what it missed',
    async run(stage) {
      const { here, there, links } = await nodes(stage)
      const first = await enter(there.served)
      await there.record.next('open')
      await stage.clock.advance(1)
      links[1].cut()
      const second = await enter(here.served)
      await askedWho(second)
      await askedWho(first)
      links[1].mend()
      assert.equal((await first.closed).code, 4002)
      await there.record.next('close')
      await askedWho(second)
    },
  },
  {
    name: 'a node that was cut off hears that it lost: its connection is the earlier one',
    async run(stage) {
      const { here, there, links } = await nodes(stage)
      links[1].cut()
      const first = await enter(there.served)
      await there.record.next('open')
      await stage.clock.advance(1)
      const second = await enter(here.served)
      await askedWho(second)
      links[1].mend()
      assert.equal((await first.closed).code, 4002)
      await there.record.next('close')
      await askedWho(second)
    },
  },
]

/** One connection a key. */
export const chapter: Chapter = {
  title: 'single',
  behaviours: [...replacing, ...rejecting, ...several],
}
