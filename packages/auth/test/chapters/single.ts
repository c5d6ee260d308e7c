import { strict as assert } from 'node:assert'
import type { Authenticated, Connection } from '@linkspan/core'
import type { Behaviour, Chapter, Peer } from '@linkspan/testing'
import { single } from '../../src/index.js'
import { node, type Waiting } from './single-node.js'
import { several } from './single-nodes.js'
import { askedWho, refusalOf } from './support.js'
import { asking, enter, tokensOf } from './tokens.js'

const CONFLICT =
  '{"type":"about:blank","title":"Conflict","status":409,"detail":"already connected","code":4002}'

const replacing: readonly Behaviour[] = [
  {
    name: 'fault 28: a second connection of a subject replaces the first one, with 4002; another tenant is somebody else',
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
    name: "fault 28: with 'reject', a second connection is refused with 409 and 4002, and may come when the first has left",
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

/** One connection a key. */
export const chapter: Chapter = {
  title: 'single',
  behaviours: [...replacing, ...rejecting, ...several],
}
